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
  /** In ms; 600,000 unless said otherwise, since people look for their passwords. */
  readonly timeoutMs?: number | undefined
}

/** How long people are waited for unless said otherwise, in ms. */
export const PATIENCE_MS = 600_000

/** The state that a redirect carries, in its query or else in its fragment. */
export function stateOf(redirect: URL): string | undefined {
  const fragment = new URLSearchParams(redirect.hash.slice(1))
  return redirect.searchParams.get('state') ?? fragment.get('state') ?? undefined
}

/** Whether an address carries what an authorization server sends back, not only a state on its way to it. */
export function isRedirect({ search, hash }: Pick<URL, 'search' | 'hash'>): boolean {
  return /[?#&](code|error|access_token)=/.test(search + hash)
}
