import { ReceiverError } from '../errors.ts'
import { type SignIn, stateOf } from '../sign-in.ts'
import { takeRedirect } from './address.ts'
import { leave, takeUp } from './left.ts'

/** Who can take up a saved sign-in: a `Client`. */
export interface Resuming<Result> {
  readonly Authorize: { resume(saved: string): { authorize(redirectUrl: string): Result | Promise<Result> } }
}

/** Leaves this page for the authorization server. The sign-in waits in this tab's sessionStorage meanwhile. */
export function signInByRedirect(signIn: Pick<SignIn<unknown>, 'url' | 'state'>): void {
  leave(signIn, JSON.stringify(signIn))
  location.assign(signIn.url)
}

/**
 * On the page that the browser comes back to: takes the redirect out of the address and ends the sign-in that it
 * belongs to. Resolves to what `authorize` comes to, or to `undefined` when the address carries no redirect. Call it
 * before anything else of the page runs.
 *
 * @throws {ReceiverError} `unexpected_redirect` when this tab began no such sign-in, or ended it before.
 * @throws what `Authorize.resume` and `authorize` throw.
 */
export async function finishSignIn<Result>(client: Resuming<Result>): Promise<Result | undefined> {
  const redirect = takeRedirect()
  if (!redirect) return undefined
  const saved = takeUp(stateOf(redirect) ?? '')
  if (saved === null)
    throw new ReceiverError('unexpected_redirect', 'this tab waits for no redirect with this state')
  return client.Authorize.resume(saved).authorize(redirect.href)
}
