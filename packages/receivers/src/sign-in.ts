import { checkOptionNames, parseRedirect } from '@latchkey/core/ports'

/** A pending sign-in, as `Authorize.byCode`, `byToken` and `byPIN` of a client return it. */
export interface SignIn<Result> {
  /** Where to send the user. */
  readonly url: string
  /** Random. It tells the redirect of this sign-in from others (RFC 6749 section 10.12). */
  readonly state: string
  /** Ends the sign-in. What it throws, the function that waits for the redirect throws. */
  authorize(redirectUrl: string, options?: { readonly redirectUriIsOwn?: boolean }): Result
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

/** Returns the state of a redirect, wherever it is; `undefined` if there is none, or the redirect is not readable. */
export function stateOf(redirect: URL): string | undefined {
  const parameters = parseRedirect(redirect.href)
  return typeof parameters === 'string' ? undefined : parameters['state']
}

const RESPONSE = /[?#&/!](code|error|access_token)=/

/** A state of Latchkey beside other parameters: a server may have names of its own for them (the quirk `renamed`). */
const OWN_STATE = /[?#&/!]state=[0-9a-f]{32}&|&state=[0-9a-f]{32}(#|$)/

/** Returns whether a URL contains an authorization response. A `state` alone does not count. */
export function isRedirect({ search, hash }: Pick<URL, 'search' | 'hash'>): boolean {
  return [RESPONSE, OWN_STATE].some(pattern => pattern.test(search + hash))
}

/** Describes an error without a state, for the user. */
export const describeStray = (words: string): string => `somebody came back with '${words}', without a state`

/** Returns what an error without a `state` says. Anybody can send one, so it is shown but ends no sign-in. */
export function strayErrorOf(redirect: URL): string | undefined {
  const parameters = parseRedirect(redirect.href)
  if (typeof parameters === 'string' || parameters['state'] !== undefined) return undefined
  const { error, error_description } = parameters
  const words = [error, error_description].filter(Boolean).join(': ')
  return words.replace(/[\p{C}\s]+/gu, ' ').slice(0, 300) || undefined
}
