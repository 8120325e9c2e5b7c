import type { Failure } from '../failure.ts'
import { own } from '../util/own.ts'
import type { Provider } from '../provider/provider.ts'
import { readFailure, type Received } from './error-response.ts'
import { parseJson } from './json.ts'
import { pipe } from './pipe.ts'
import type { SentRequest } from './client-request.ts'

/** The result of reading a response: what was requested, or the failure. */
export type ReadResult<T> =
  | { readonly result: T; readonly failure?: undefined }
  | { readonly failure: Failure; readonly result?: undefined }

/** Returns what was requested, from the decoded body; or what is wrong with it, in words; or `undefined`. */
export type Reader<T> = (
  value: unknown,
  nowMs: number,
  body: string,
  tokenTypes?: readonly string[],
) => T | string | undefined

/** Reads the response to a request: what was requested, or the failure. The one place where that is decided. */
export function readResponse<T extends object>(
  provider: Provider,
  received: Received,
  read: Reader<T>,
): ReadResult<T> {
  const { request, response, nowMs } = received
  const { status, body, truncated, tokenTypes } = response
  const value = applyQuirks(provider, parseJson(body), body, request, nowMs)
  // A success that carries an error is one (GitHub's 200), whatever else it carries.
  const result =
    status < 300 && !truncated && !own(value, 'error') ? read(value, nowMs, body, tokenTypes) : undefined
  if (typeof result === 'object') return { result }
  return { failure: readFailure(provider, received, value, result) }
}

/** Returns what a response would be if its server kept to RFC 6749 section 5. */
export function applyQuirks(
  { quirks, defaultExpiresIn, refreshToken }: Provider,
  value: unknown,
  body: string,
  { context = { to: 'token' } }: Pick<SentRequest, 'context'>,
  nowMs: number,
): unknown {
  const repaired = pipe(quirks?.tokenResponse, value, body, { ...context, nowMs })
  if (own(repaired, 'access_token') === undefined) return repaired
  const { expiresIn, sliding } = refreshToken ?? {}
  const isRenewed = sliding || own(repaired, 'refresh_token') !== undefined
  return {
    ...(defaultExpiresIn && { expires_in: defaultExpiresIn }),
    ...(isRenewed && expiresIn && { refresh_token_expires_in: expiresIn }),
    ...(repaired as object),
  }
}
