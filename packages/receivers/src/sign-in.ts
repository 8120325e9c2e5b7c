import { checkOptionNames } from '@latchkey/core/ports'

/** A pending sign-in, as `Authorize.byCode`, `byToken` and `byPIN` of a client return it. */
export interface SignIn<Result> {
  readonly url: string
  readonly state: string
  authorize(redirectUrl: string): Result
}

/** Options for waiting for a redirect. */
export interface WaitOptions {
  /** Aborts the wait, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** In ms, at most 2,147,483,647. Default 600,000, since users may need to find their passwords. */
  readonly timeoutMs?: number | undefined
}

/** The default of `timeoutMs`. */
export const DEFAULT_TIMEOUT_MS = 600_000

/** The longest timeout of a timer in ms. A longer one fires immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Checks the options of a wait; `others` are the names of further ones.
 *
 * @throws {TypeError} when an option is unknown, or `timeoutMs` is out of range.
 * @throws the signal's reason when it has aborted.
 */
export function checkWaitOptions(owner: string, options: WaitOptions, others: readonly string[] = []): void {
  checkOptionNames(owner, options, ['signal', 'timeoutMs', ...others])
  const { signal, timeoutMs } = options
  signal?.throwIfAborted()
  if (
    timeoutMs !== undefined &&
    !(typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= MAX_TIMER_MS)
  )
    throw new TypeError(`timeoutMs must be a number from 0 to ${MAX_TIMER_MS}`)
}

/** Returns the state of a redirect, from its query or else its fragment. */
export function stateOf(redirect: URL): string | undefined {
  const fragment = new URLSearchParams(redirect.hash.slice(1))
  return redirect.searchParams.get('state') ?? fragment.get('state') ?? undefined
}

/** Returns whether a URL contains an authorization response. A `state` alone does not count. */
export function isRedirect({ search, hash }: Pick<URL, 'search' | 'hash'>): boolean {
  return /[?#&](code|error|access_token)=/.test(search + hash)
}
