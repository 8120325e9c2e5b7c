import { checkOptionNames, type Json, parseRedirect } from '@latchkey/core/ports'
import { ReceiverError } from '../errors.ts'
import { describeStray, type SignIn, stateOf, strayErrorOf } from '../sign-in.ts'
import { activation, takeRedirect } from './current-redirect.ts'
import { putSavedSignIn, saveSignIn, takeSavedSignIn } from './saved-sign-ins.ts'

/** The part of `Client` that resumes a saved sign-in. */
export interface ResumableClient<Result> {
  /** Resumes a sign-in from the JSON that `toJSON` of it returned. */
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

/** How long a navigation may take before another call of `signInByRedirect` starts its own, in ms. */
const NAVIGATION_MS = 5_000

let leftAtMs = -Infinity

/**
 * Saves the sign-in in this tab's sessionStorage and navigates to the authorization server. A second call within 5 s does
 * nothing, because the page is about to be left: React's StrictMode runs every effect twice.
 *
 * @throws {ReceiverError} `storage_unavailable` when the page cannot use sessionStorage; the page is not left then.
 * @throws {TypeError} when an option is unknown, or `appState` is not JSON.
 */
export function signInByRedirect(
  signIn: Pick<SignIn<unknown>, 'url' | 'state'>,
  options: RedirectOptions = {},
): void {
  checkOptionNames('signInByRedirect()', options, ['appState'])
  if (performance.now() - leftAtMs < NAVIGATION_MS) return
  saveSignIn(signIn, options.appState)
  leftAtMs = performance.now()
  addEventListener('pagehide', () => (leftAtMs = -Infinity), { once: true }) // the user may come back by the back button
  location.assign(signIn.url)
}

/**
 * Removes the redirect from the address and completes the sign-in that it belongs to. Resolves to the tokens and the
 * `appState`, or to `undefined` if the address has no redirect. Call it on the page of `redirect_uri`, before any other
 * script runs. Every call in the life of the page returns the same promise, since there is one redirect. A page that the
 * browser prerenders waits until the user sees it.
 *
 * @throws {ReceiverError} `unexpected_redirect` when this tab did not start the sign-in, or has already completed it;
 *   `storage_unavailable` when the page cannot use sessionStorage.
 * @throws what `Authorize.resume` and `authorize` throw.
 */
export function finishSignIn<Result>(
  client: ResumableClient<Result>,
): Promise<FinishedSignIn<Result> | undefined> {
  return (finished ??= finish(client)) as ReturnType<typeof finish<Result>>
}

let finished: ReturnType<typeof finish> | undefined

async function finish<Result>(client: ResumableClient<Result>): Promise<FinishedSignIn<Result> | undefined> {
  const redirect = takeRedirect()
  if (!redirect) return undefined
  await activation()
  const state = stateOf(redirect) ?? ''
  const saved = takeSavedSignIn(state)
  if (saved === null)
    throw new ReceiverError('unexpected_redirect', `${describeUnexpected(redirect)}; sign in again`)
  try {
    const tokens = await client.Authorize.resume(saved.flow).authorize(redirect.href)
    return { tokens, appState: saved.appState }
  } catch (error) {
    // A redirect that fails a check is not the one that this sign-in waits for.
    if (CHECKS.includes((error as { readonly code: string }).code)) putSavedSignIn(state, saved)
    throw error
  }
}

function describeUnexpected(redirect: URL): string {
  const parameters = parseRedirect(redirect.href)
  if (typeof parameters === 'string') return `the redirect carries ${parameters}`
  const stray = strayErrorOf(redirect)
  return stray ? describeStray(stray) : 'this tab has no sign-in with this state'
}

const CHECKS = ['redirect_invalid', 'state_mismatch', 'issuer_mismatch']
