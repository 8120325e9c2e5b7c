import type { Failure } from '../failure.ts'
import type { HttpRequest, HttpResponse } from '../ports/transport.ts'
import type { Provider } from '../provider.ts'
import { secretsIn } from '../scrub.ts'
import type { Tokens } from '../tokens.ts'
import { readError, readUnusable, wordsOf } from './error-response.ts'
import { decodeForm } from './form.ts'
import { isObject, parseJson } from './json.ts'
import { readTokens } from './token-response.ts'

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
  if (status < 200 || status > 299) return { failure: readError(provider, response, nowMs, secrets) }

  const members = truncated ? undefined : parseJson(body)
  const tokens = isObject(members) ? readTokens(members, nowMs, provider.quirks) : undefined
  if (typeof tokens === 'object') return { tokens }
  // A success that only carries an error is one (GitHub's 200), whatever its status says.
  if (isObject(members) && members['access_token'] === undefined && wordsOf(body, provider.quirks).length)
    return { failure: readError(provider, response, nowMs, secrets) }
  return { failure: readUnusable(provider, response, tokens, secrets) }
}
