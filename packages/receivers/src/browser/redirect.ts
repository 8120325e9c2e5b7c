import { ReceiverError } from '../errors.ts'
import { type SignIn, stateOf } from '../sign-in.ts'
import { takeRedirect } from './current-redirect.ts'
import { saveSignIn, takeSavedSignIn } from './saved-sign-ins.ts'

/** The part of `Client` that resumes a saved sign-in. */
export interface ResumableClient<Result> {
  readonly Authorize: { resume(saved: string): { authorize(redirectUrl: string): Result | Promise<Result> } }
}

/** Saves the sign-in in this tab's sessionStorage and navigates to the authorization server. */
export function signInByRedirect(signIn: Pick<SignIn<unknown>, 'url' | 'state'>): void {
  saveSignIn(signIn, JSON.stringify(signIn))
  location.assign(signIn.url)
}

/**
 * Removes the redirect from the address and completes the sign-in that it belongs to. Resolves to the result of
 * `authorize`, or to `undefined` if the address has no redirect. Call it on the page of `redirect_uri`, before any
 * other script runs.
 *
 * @throws {ReceiverError} `unexpected_redirect` when this tab did not start the sign-in, or has already completed it.
 * @throws what `Authorize.resume` and `authorize` throw.
 */
export async function finishSignIn<Result>(client: ResumableClient<Result>): Promise<Result | undefined> {
  const redirect = takeRedirect()
  if (!redirect) return undefined
  const saved = takeSavedSignIn(stateOf(redirect) ?? '')
  if (saved === null)
    throw new ReceiverError('unexpected_redirect', 'this tab has no sign-in with this state; sign in again')
  return client.Authorize.resume(saved).authorize(redirect.href)
}
