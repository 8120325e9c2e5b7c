// What an error response of an authorization server means: one table of words, one of statuses.
import type { Failure, FailureCode } from '../failure.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { Provider, Quirks } from '../provider/provider.ts'
import { own } from '../util/own.ts'
import { quote, scrub } from '../util/scrub.ts'
import type { ClientRequest } from './client-request.ts'
import { decodeForm } from './form.ts'
import { retryAtMs } from './retry-after.ts'

/** Where an error comes from: one word may mean one thing in a redirect and another at the token endpoint. */
export type ErrorSource = 'redirect' | 'exchange' | 'refresh' | 'device'

/** RFC 6749 section 5.2: the server finds fault with the client or its request. */
const CLIENT_AT_FAULT = /^(invalid|unauthorized|unsupported)_/

/** The words that every server may use. OpenID Connect Core 3.1.2.6: the user must interact with the server again. */
const WORDS: Readonly<Record<string, FailureCode>> = {
  invalid_grant: 'invalid_grant',
  login_required: 'interaction_required',
  interaction_required: 'interaction_required',
  consent_required: 'interaction_required',
  account_selection_required: 'interaction_required',
  server_error: 'transient',
  temporarily_unavailable: 'transient',
}

/** Returns what a word means at `source`, if it is known. */
function meaningOf(word: string, source: ErrorSource): FailureCode | undefined {
  const code = own(WORDS, word) as FailureCode | undefined
  if (code) return code
  // RFC 6749 section 4.1.2.1 and RFC 8628 section 3.5. At the token endpoint nobody has asked a user.
  if (word === 'access_denied') return source === 'redirect' || source === 'device' ? word : undefined
  if (word === 'expired_token' && source === 'device') return 'invalid_grant'
  // A server that calls a dead refresh token by another word of section 5.2 than `invalid_grant` is common.
  if (source === 'refresh')
    return /^(invalid_client|unsupported_grant_type)$/.test(word) ? 'misconfigured' : undefined
  return CLIENT_AT_FAULT.test(word) ? 'misconfigured' : undefined
}

/** The members that hold words, in the order in which they are quoted. */
const MEMBERS = [
  'error',
  'error_code',
  'errorCode',
  'errcode',
  'code',
  'error_description',
  'error_message',
  'errorMessage',
  'error_msg',
  'errmsg',
  'message',
  'msg',
  'reason',
  'detail',
  'description',
  'title',
  'type',
  'field',
  'errors',
  'data',
  'fault',
]
const MAX_WORDS = 6
const MAX_DEPTH = 4

/**
 * Returns the words of an error, wherever they stand: `error` and `error_description` (RFC 6749 section 5.2), or what
 * servers use in their place, up to four levels down.
 */
export function errorWords(value: unknown, depth = 0): readonly string[] {
  if (typeof value === 'string') return /\S/.test(value) ? [value] : []
  if (typeof value === 'number') return depth > 0 ? [String(value)] : []
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return []
  const members = Array.isArray(value) ? value : MEMBERS.map(name => own(value, name))
  const words = members.flatMap(member => errorWords(member, depth + 1))
  return [...new Set(words)].slice(0, MAX_WORDS)
}

/** Returns the provider's words for a message, without secrets. Each is scrubbed by itself. */
export function providerMessage(name: string, words: readonly string[], secrets: readonly string[]): string {
  const quoted = words.map(text => quote(text, secrets))
  return `${name} says: ${quoted.join(': ').slice(0, 300)}`
}

/** Returns the failure that a provider's words stand for, if they are known; `errorCodes` overrides the RFCs. */
export function failureCodeOf(
  words: readonly string[],
  source: ErrorSource,
  { errorCodes }: Quirks = {},
): FailureCode | undefined {
  const named = words.find(text => own(errorCodes, text))
  if (named) return errorCodes![named]
  return words.map(word => meaningOf(word, source)).find(code => code !== undefined)
}

/** Statuses of a request that was not processed, or of a server in trouble. */
const isTransient = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status)
/** Statuses of an address that is not the token endpoint. */
const isWrongAddress = (status: number): boolean =>
  (status >= 300 && status < 400) || [404, 405, 410, 415].includes(status)
/** Statuses with which a token endpoint refuses; with others a gateway may have spoken. */
const isRefusal = (status: number): boolean => status < 300 || [400, 401, 403, 422].includes(status)

/**
 * Returns the failure that a response without usable tokens stands for. `value` is its decoded body; `problem` says what
 * it has in place of tokens. The HTTP status counts, a `status` in the body does not.
 */
export function readFailure(
  { name, quirks }: Pick<Provider, 'name' | 'quirks'>,
  request: ClientRequest,
  response: HttpResponse,
  value: unknown,
  nowMs: number,
  secrets: readonly string[],
  problem?: string,
): Failure {
  const { status, headers, body } = response
  const isError = status >= 300 || MEMBERS.some(member => member.startsWith('err') && own(value, member))
  const words = isError ? errorWords(value) : []
  const source = sourceOf(request)
  const known = isTransient(status) ? 'transient' : failureCodeOf(words, source, quirks)
  const code =
    known ?? (!isError ? 'indeterminate' : isWrongAddress(status) ? 'misconfigured' : 'unrecognized')
  const message = words.length
    ? providerMessage(name, words, secrets)
    : `${name} sent ${problem ?? describeBody(response, secrets)}`
  return {
    code,
    message: `${message} (HTTP ${status})${remedy(code, source, request, response, words, secrets)}`,
    status,
    body: scrub(body, secrets),
    ...(code === 'transient' && { retryAtMs: retryAtMs(headers['retry-after'], nowMs) }),
    ...(code === 'unrecognized' && !(words.length && isRefusal(status)) && { isWordless: true }),
  }
}

/** Returns where in the protocol a request belongs. */
function sourceOf({ body }: ClientRequest): ErrorSource {
  const grantType = parameterOf(body, 'grant_type') ?? ''
  if (grantType === 'refresh_token') return 'refresh'
  return grantType.endsWith('device_code') ? 'device' : 'exchange'
}

/** Returns a parameter of a request's body, which is a form or JSON. */
function parameterOf(body: string, name: string): string | undefined {
  const form = new Map(decodeForm(body)).get(name)
  return form ?? new RegExp(`"${name}":"([^"]*)"`).exec(body)?.[1]
}

/** Returns what would help, after a colon. */
function remedy(
  code: FailureCode,
  source: ErrorSource,
  request: ClientRequest,
  { status, headers }: HttpResponse,
  words: readonly string[],
  secrets: readonly string[],
): string {
  const { location } = headers
  if (status >= 300 && status < 400 && location)
    return `: the endpoint ${request.url} redirects to ${quote(location, secrets)}, which is not followed; describe that address if it is the right one`
  if (isWrongAddress(status)) return `: check the address of the endpoint, ${request.url}`
  if (words.includes('invalid_client')) return `: ${howTheClientAuthenticated(request)}`
  if (code === 'unrecognized' && source === 'refresh' && words.length)
    return ": if the user must sign in again, describe it: quirks.errorCodes, { [these words]: 'invalid_grant' }"
  return ''
}

function howTheClientAuthenticated({ headers, body }: ClientRequest): string {
  if (headers?.['authorization']) return 'the client_secret was sent by HTTP Basic'
  return parameterOf(body, 'client_secret') === undefined
    ? 'no client_secret was sent'
    : 'the client_secret was sent in the body'
}

/** Describes a response that has no words. */
function describeBody({ headers, body, truncated }: HttpResponse, secrets: readonly string[]): string {
  if (truncated) return 'a response that was cut off'
  return body
    ? `${quote(headers['content-type'] ?? 'text', secrets).slice(0, 50)} without a reason`
    : 'an empty response'
}
