import type { Failure } from '../failure.ts'
import { own } from '../util/own.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { Provider } from '../provider/provider.ts'
import { secretsIn } from '../util/scrub.ts'
import { readFailure } from './error-response.ts'
import { decodeForm } from './form.ts'
import { parseJson } from './json.ts'
import type { ClientRequest } from './client-request.ts'

/** What the answer to a request comes to: what was asked for, or why it is not there. */
export type ReadResult<T> =
  | { readonly result: T; readonly failure?: undefined }
  | { readonly failure: Failure; readonly result?: undefined }

/** What was asked for in the value of a body; or what is wrong with it, in words; or nothing, where there is nothing to say. */
export type Reader<T> = (value: unknown, nowMs: number, body: string) => T | string | undefined

/** Judges the answer to a request; the one place where its outcome is decided. */
export function readResponse<T extends object>(
  provider: Provider,
  { body: sent, secrets = [] }: ClientRequest,
  response: HttpResponse,
  nowMs: number,
  read: Reader<T>,
): ReadResult<T> {
  const { status, body, truncated } = response
  const value = applyQuirks(provider, parseJson(body), body)
  // A success that carries an error is one (GitHub's 200), whatever else it carries.
  const result = status < 300 && !truncated && !own(value, 'error') ? read(value, nowMs, body) : undefined
  if (typeof result === 'object') return { result }
  const hidden = [...secretsIn(decodeForm(sent)), ...secrets]
  return { failure: readFailure(provider, response, value, nowMs, hidden, result) }
}

/** What an answer would be if its server kept to RFC 6749 section 5. */
export function applyQuirks({ quirks }: Provider, value: unknown, body: string): unknown {
  return (quirks?.tokenResponse ?? []).reduce((so, quirk) => quirk(so, body), value)
}
