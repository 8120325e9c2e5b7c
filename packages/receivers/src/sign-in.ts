/** A flow that waits for its redirect: what `Authorize.byCode`, `byToken` and `byPIN` of a client return. */
export interface SignIn<Result> {
  readonly url: string
  readonly state: string
  authorize(redirectUrl: string): Result
}

/** How long a redirect is waited for. */
export interface WaitOptions {
  /** Ends the wait; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** In ms, at most 2,147,483,647; 600,000 unless said otherwise, since people look for their passwords. */
  readonly timeoutMs?: number | undefined
}

/** How long people are waited for unless said otherwise, in ms. */
export const PATIENCE_MS = 600_000

/** The longest that a timer runs, in ms; one beyond it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Begins a wait.
 *
 * @throws {TypeError} when `timeoutMs` is no time that a timer can run.
 * @throws the signal's reason when it has aborted.
 */
export function checkWait({ signal, timeoutMs }: WaitOptions): void {
  signal?.throwIfAborted()
  if (
    timeoutMs !== undefined &&
    !(typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= MAX_TIMER_MS)
  )
    throw new TypeError(`timeoutMs must be a number from 0 to ${MAX_TIMER_MS}`)
}

/** The state that a redirect carries, in its query or else in its fragment. */
export function stateOf(redirect: URL): string | undefined {
  const fragment = new URLSearchParams(redirect.hash.slice(1))
  return redirect.searchParams.get('state') ?? fragment.get('state') ?? undefined
}

/** Whether an address carries what an authorization server sends back, not only a state on its way to it. */
export function isRedirect({ search, hash }: Pick<URL, 'search' | 'hash'>): boolean {
  return /[?#&](code|error|access_token)=/.test(search + hash)
}
