import type { Failure, FailureCode } from '../failure.ts'
import { own } from '../own.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { Provider, Quirks } from '../provider.ts'
import { quote, scrub } from '../scrub.ts'
import { parseJson } from './json.ts'
import { retryAtMs } from './retry-after.ts'

/** How long a body may be on an error, in characters. */
const BODY_LIMIT = 4096

/**
 * The failure that a provider's words stand for, where they are known. RFC 6749 sections 4.1.2.1 and 5.2 have
 * `invalid_grant`, codes that find fault with the client or its request, and codes for a server in trouble.
 */
export function codeOf(
  [word = '']: readonly string[],
  { errorCodes = {} }: Quirks = {},
): FailureCode | undefined {
  for (const [code, texts] of Object.entries(errorCodes)) if (texts.includes(word)) return code as FailureCode
  if (word === 'invalid_grant') return word
  return /^(invalid|unauthorized|unsupported)_/.test(word) ? 'misconfigured' : undefined
}

/**
 * The failure that an answer without usable tokens stands for; `problem` says what it has
 * instead. The HTTP status counts, a `status` in the body does not.
 */
export function readFailure(
  { name, quirks }: Provider,
  response: HttpResponse,
  nowMs: number,
  secrets: readonly string[],
  problem?: string,
): Failure {
  const { status, headers, body } = response
  const words = wordsOf(body, quirks)
  const throttled = status === 429 || status >= 500
  const reason = words.length
    ? `says: ${quote(words.join(': '), secrets)}`
    : `sent ${problem ?? mute(response, secrets)}`
  return {
    code: (!throttled && codeOf(words, quirks)) || (status < 300 ? 'outcome_unknown' : 'transient'),
    message: `${name} ${reason} (HTTP ${status})`,
    status,
    body: scrub(body, secrets, BODY_LIMIT),
    retryAtMs: throttled ? retryAtMs(headers['retry-after'], nowMs) : undefined,
  }
}

/** Where RFC 6749 section 5.2 has the words of an error. */
const RFC_PATHS = [['error'], ['error_description']]

/** What the server says in a body, in its own words. */
function wordsOf(body: string, { errorPaths = RFC_PATHS }: Quirks = {}): readonly string[] {
  const value = parseJson(body)
  return errorPaths
    .map(path => path.reduce(own, value))
    .filter((words): words is string => typeof words === 'string' && words.trim() !== '')
}

/** What there is to say of an answer that says nothing itself. */
function mute({ headers, body, truncated }: HttpResponse, secrets: readonly string[]): string {
  if (truncated) return 'an answer that broke off'
  return body
    ? `${quote(headers['content-type'] ?? 'text', secrets).slice(0, 50)} without a reason`
    : 'an empty answer'
}
