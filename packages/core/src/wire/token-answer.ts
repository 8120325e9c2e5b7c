import type { Failure } from '../failure.ts'
import { own } from '../own.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { Provider } from '../provider.ts'
import { secretsIn } from '../scrub.ts'
import type { Tokens } from '../tokens.ts'
import { readFailure } from './error-response.ts'
import { decodeForm } from './form.ts'
import { parseJson } from './json.ts'
import type { ClientRequest } from './client-request.ts'
import { type Members, readTokens } from './token-response.ts'

/** What the answer to a token request comes to: tokens, or why there are none. */
export type Answer =
  | { readonly tokens: Tokens; readonly failure?: undefined }
  | { readonly failure: Failure; readonly tokens?: undefined }

/** Judges the answer to a token request; the one place where its outcome is decided. */
export function readAnswer(
  provider: Provider,
  { body: sent, secrets = [] }: ClientRequest,
  response: HttpResponse,
  nowMs: number,
): Answer {
  const { status, body, truncated } = response
  const value = relax(provider, parseJson(body), body)
  // A success that carries an error is one (GitHub's 200), whatever else it carries.
  const success = status < 300 && !truncated && value && !own(value, 'error')
  const tokens = success ? readTokens(value as Members, nowMs) : undefined
  if (typeof tokens === 'object') return { tokens }
  const hidden = [...secretsIn(decodeForm(sent)), ...secrets]
  return { failure: readFailure(provider, response, value, nowMs, hidden, tokens) }
}

/** What an answer would be if its server kept to RFC 6749 section 5. */
export function relax({ quirks }: Provider, value: unknown, body = ''): unknown {
  return (quirks?.answer ?? []).reduce((so, quirk) => quirk(so, body), value)
}
