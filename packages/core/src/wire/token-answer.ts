import type { Failure } from '../failure.ts'
import { own } from '../own.ts'
import type { HttpRequest, HttpResponse } from '../ports/transport.ts'
import type { Provider } from '../provider.ts'
import { secretsIn } from '../scrub.ts'
import type { Tokens } from '../tokens.ts'
import { readFailure } from './error-response.ts'
import { decodeForm } from './form.ts'
import { parseJson } from './json.ts'
import { type Members, readTokens } from './token-response.ts'

/** What the answer to a token request comes to: tokens, or why there are none. */
export type Answer =
  | { readonly tokens: Tokens; readonly failure?: undefined }
  | { readonly failure: Failure; readonly tokens?: undefined }

/** Judges the answer to a token request; the one place where its outcome is decided. */
export function readAnswer(
  provider: Provider,
  request: HttpRequest,
  response: HttpResponse,
  nowMs: number,
): Answer {
  const secrets = secretsIn(decodeForm(request.body ?? ''))
  const { status, body, truncated } = response
  const members = status < 300 && !truncated ? (parseJson(body) as Members | undefined) : undefined
  // A success that carries an error is one (GitHub's 200), whatever else it carries.
  const tokens = members && !own(members, 'error') ? readTokens(members, nowMs, provider.quirks) : undefined
  if (typeof tokens === 'object') return { tokens }
  return { failure: readFailure(provider, response, nowMs, secrets, tokens) }
}
