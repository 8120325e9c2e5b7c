import { checkOptionNames, type Json } from '@latchkey/core/ports'
import { ReceiverError } from '../errors.ts'
import { type SignIn, stateOf } from '../sign-in.ts'
import { takeRedirect } from './current-redirect.ts'
import { saveSignIn, takeSavedSignIn } from './saved-sign-ins.ts'

/** The part of `Client` that resumes a saved sign-in. */
export interface ResumableClient<Result> {
  readonly Authorize: { resume(saved: string): { authorize(redirectUrl: string): Result | Promise<Result> } }
}

/** Options of `signInByRedirect`. */
export interface RedirectOptions {
  /** JSON that `finishSignIn` returns, such as the path that the user was on. */
  readonly appState?: Json | undefined
}

/** What `finishSignIn` resolves to. */
export interface FinishedSignIn<Result> {
  /** The result of `authorize`. */
  readonly tokens: Result
  /** The `appState` that was passed to `signInByRedirect`. */
  readonly appState: Json | undefined
}

/**
 * Saves the sign-in in this tab's sessionStorage and navigates to the authorization server.
 *
 * @throws {ReceiverError} `storage_unavailable` when the page cannot use sessionStorage; the page is not left then.
 * @throws {TypeError} when an option is unknown, or `appState` is not JSON.
 */
export function signInByRedirect(
  signIn: Pick<SignIn<unknown>, 'url' | 'state'>,
  options: RedirectOptions = {},
): void {
  checkOptionNames('signInByRedirect()', options, ['appState'])
  saveSignIn(signIn, options.appState)
  location.assign(signIn.url)
}

/**
 * Removes the redirect from the address and completes the sign-in that it belongs to. Resolves to the tokens and the
 * `appState`, or to `undefined` if the address has no redirect. Call it on the page of `redirect_uri`, before any other
 * script runs.
 *
 * @throws {ReceiverError} `unexpected_redirect` when this tab did not start the sign-in, or has already completed it;
 *   `storage_unavailable` when the page cannot use sessionStorage.
 * @throws what `Authorize.resume` and `authorize` throw.
 */
export async function finishSignIn<Result>(
  client: ResumableClient<Result>,
): Promise<FinishedSignIn<Result> | undefined> {
  const redirect = takeRedirect()
  if (!redirect) return undefined
  const saved = takeSavedSignIn(stateOf(redirect) ?? '')
  if (saved === null)
    throw new ReceiverError('unexpected_redirect', 'this tab has no sign-in with this state; sign in again')
  const tokens = await client.Authorize.resume(saved.flow).authorize(redirect.href)
  return { tokens, appState: saved.appState }
}
