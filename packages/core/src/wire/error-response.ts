import type { Failure, FailureCode } from '../failure.ts'
import { own } from '../util/own.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { Provider, Quirks } from '../provider/provider.ts'
import { quote, scrub } from '../util/scrub.ts'
import { retryAtMs } from './retry-after.ts'

/** What RFC 6749 sections 4.1.2.1 and 5.2 call the words of an error, where they are texts. */
export function errorWords(value: unknown): readonly string[] {
  return ['error', 'error_description']
    .map(member => own(value, member))
    .filter((words): words is string => typeof words === 'string' && /\S/.test(words))
}

/** What a provider says. Each text is scrubbed by itself: an error code and a description can read like a secret. */
export function providerMessage(name: string, words: readonly string[], secrets: readonly string[]): string {
  const quoted = words.map(text => quote(text, secrets))
  return `${name} says: ${quoted.join(': ').slice(0, 300)}`
}

/**
 * The failure that a provider's words stand for, where they are known. RFC 6749 sections 4.1.2.1 and 5.2 have
 * `access_denied`, `invalid_grant`, codes that find fault with the client or its request, and codes for a
 * server in trouble.
 */
export function failureCodeOf(
  words: readonly string[],
  { errorCodes }: Quirks = {},
): FailureCode | undefined {
  const known = words.find(text => own(errorCodes, text))
  if (known) return errorCodes![known]
  const word = words[0] as FailureCode
  if (/^(invalid_grant|access_denied)$/.test(word)) return word
  return /^(invalid|unauthorized|unsupported)_/.test(word) ? 'misconfigured' : undefined
}

/**
 * The failure that an answer without usable tokens stands for: `value` is what its body stands for, and
 * `problem` says what it has instead. The HTTP status counts, a `status` in the body does not.
 */
export function readFailure(
  { name, quirks }: Pick<Provider, 'name' | 'quirks'>,
  response: HttpResponse,
  value: unknown,
  nowMs: number,
  secrets: readonly string[],
  problem?: string,
): Failure {
  const { status, headers, body } = response
  const words = errorWords(value)
  const throttled = status === 429 || status >= 500
  const message = words.length
    ? providerMessage(name, words, secrets)
    : `${name} sent ${problem ?? describeBody(response, secrets)}`
  return {
    code: (!throttled && failureCodeOf(words, quirks)) || (status < 300 ? 'indeterminate' : 'transient'),
    message: `${message} (HTTP ${status})`,
    status,
    body: scrub(body, secrets),
    retryAtMs: throttled ? retryAtMs(headers['retry-after'], nowMs) : undefined,
  }
}

/** What there is to say of an answer that says nothing itself. */
function describeBody({ headers, body, truncated }: HttpResponse, secrets: readonly string[]): string {
  if (truncated) return 'an answer that broke off'
  return body
    ? `${quote(headers['content-type'] ?? 'text', secrets).slice(0, 50)} without a reason`
    : 'an empty answer'
}
