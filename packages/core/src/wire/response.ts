import type { Failure } from '../failure.ts'
import { own } from '../util/own.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { Provider } from '../provider/provider.ts'
import { secretsIn } from '../util/scrub.ts'
import { readFailure } from './error-response.ts'
import { decodeForm } from './form.ts'
import { parseJson } from './json.ts'
import type { ClientRequest } from './client-request.ts'

/** The result of reading a response: what was requested, or the failure. */
export type ReadResult<T> =
  | { readonly result: T; readonly failure?: undefined }
  | { readonly failure: Failure; readonly result?: undefined }

/** Returns what was requested, from the decoded body; or what is wrong with it, in words; or `undefined`. */
export type Reader<T> = (value: unknown, nowMs: number, body: string) => T | string | undefined

/** Reads the response to a request: what was requested, or the failure. The one place where that is decided. */
export function readResponse<T extends object>(
  provider: Provider,
  request: ClientRequest,
  response: HttpResponse,
  nowMs: number,
  read: Reader<T>,
): ReadResult<T> {
  const { status, body, truncated } = response
  const value = applyQuirks(provider, parseJson(body), body)
  // A success that carries an error is one (GitHub's 200), whatever else it carries.
  const result = status < 300 && !truncated && !own(value, 'error') ? read(value, nowMs, body) : undefined
  if (typeof result === 'object') return { result }
  const secrets = [...secretsIn(decodeForm(request.body)), ...(request.secrets ?? [])]
  return { failure: readFailure(provider, request, response, value, nowMs, secrets, result) }
}

/** Returns what a response would be if its server kept to RFC 6749 section 5. */
export function applyQuirks({ quirks }: Provider, value: unknown, body: string): unknown {
  return (quirks?.tokenResponse ?? []).reduce((repaired, quirk) => quirk(repaired, body), value)
}
