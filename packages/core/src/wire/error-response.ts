// Maps an error response to a failure, by its error codes and then by its HTTP status.
import type { Failure, FailureCode } from '../failure.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { ErrorMeaning, Meaning, Provider, Quirks } from '../provider/provider.ts'
import { quote, scrub } from '../util/scrub.ts'
import type { SentRequest } from './client-request.ts'
import { retryAtMs } from './retry-after.ts'

/** Where an error comes from: one word may mean one thing in a redirect and another at the token endpoint. */
export type ErrorSource = 'redirect' | 'exchange' | 'refresh' | 'device'

/**
 * The words that every server may use, and what they mean at a source. RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section
 * 3.5, OpenID Connect Core 3.1.2.6, RFC 9449 section 5. First match wins.
 */
const WORDS: readonly (readonly [RegExp, FailureCode, RegExp])[] = [
  [/^invalid_grant$/, 'invalid_grant', /./],
  [/^(login|interaction|consent|account_selection)_required$/, 'interaction_required', /./],
  // No user takes part in a request to the token endpoint.
  [/^access_denied$/, 'access_denied', /redirect|device/],
  [/^expired_token$/, 'invalid_grant', /device/],
  [/^(server_error|temporarily_unavailable)$/, 'transient', /./],
  [/^(invalid_client|unsupported_grant_type|invalid_dpop_proof)$/, 'misconfigured', /./],
  // Some servers also return these for an invalid refresh token.
  [/^(invalid|unauthorized|unsupported)_/, 'misconfigured', /redirect|device|exchange/],
]

/** A response, the request that it belongs to, and when it came. */
export interface Received {
  /** As it was sent. Its `secrets` never appear in an error. */
  readonly request: SentRequest
  /** With any status. */
  readonly response: HttpResponse
  /** Unix time in ms. The tokens' `expires_at` counts from it. */
  readonly nowMs: number
}

/** The members that hold words. */
const NAMES = /^(\d|err|code|mess|msg|reason|detail|desc|title|type|field|data|fault)/i

/**
 * Returns the words of an error, wherever they stand: `error` and `error_description` (RFC 6749 section 5.2) first, then
 * what servers use in their place, at most six, up to four levels down.
 */
export function errorWords(value: unknown, depth = 0): readonly string[] {
  if (typeof value !== 'object' || !value || depth > 4) return isWord(value, depth) ? [String(value)] : []
  const { error, error_description, ...others } = value as Readonly<Record<string, unknown>>
  const members = Object.entries(others).flatMap(([name, member]) => (NAMES.test(name) ? [member] : []))
  const words = [error, error_description, ...members]
  return [...new Set(words.flatMap(member => errorWords(member, depth + 1)))].slice(0, 6)
}

const isWord = (value: unknown, depth: number): boolean =>
  (typeof value === 'number' && depth > 0) || (typeof value === 'string' && /\S/.test(value))

/** Returns the provider's words for a message, without secrets. Each is scrubbed by itself. */
export function providerMessage(name: string, words: readonly string[], secrets: readonly string[]): string {
  return `${name} says: ${words
    .map(text => quote(text, secrets))
    .join(': ')
    .slice(0, 300)}`
}

/** The code of the failure that a meaning stands for. A device that still waits has no failure. */
const CODES: { readonly [meaning in Meaning]?: FailureCode } = {
  reauth: 'invalid_grant',
  declined: 'access_denied',
  misconfigured: 'misconfigured',
  transient: 'transient',
}

/** Returns whether one of the words is the one that an entry of a description names. */
const isNamed = ({ word, prefix }: ErrorMeaning, words: readonly string[]): boolean =>
  (word === undefined || words.includes(String(word))) &&
  (prefix === undefined || words.some(text => text.startsWith(prefix)))

/** Returns whether an entry names a word, so that the word alone shows that a response is an error. */
const namesWord = ({ word, prefix }: ErrorMeaning): boolean => (word ?? prefix) !== undefined

/** Returns what a provider's words and the status mean, by its description. */
export function meaningOf(
  words: readonly string[],
  source: ErrorSource,
  { errors = [] }: Quirks = {},
  status?: number,
): Meaning | undefined {
  const place = source === 'exchange' || source === 'refresh' ? 'token' : source
  return errors.find(
    entry => (entry.at ?? place) === place && (entry.status ?? status) === status && isNamed(entry, words),
  )?.means
}

/** Returns the failure that a provider's words stand for, if they are known; its description overrides the RFCs. */
export function failureCodeOf(
  words: readonly string[],
  source: ErrorSource,
  quirks?: Quirks,
  status?: number,
): FailureCode | undefined {
  const meaning = meaningOf(words, source, quirks, status)
  const described = meaning && CODES[meaning]
  if (described) return described
  return WORDS.find(([pattern, , at]) => at.test(source) && words.some(word => pattern.test(word)))?.[1]
}

/**
 * Returns the failure that a response without usable tokens stands for. `value` is its decoded body; `problem` says what
 * it has in place of tokens. Only the HTTP status is used; a `status` in the body is ignored.
 */
export function readFailure(
  { name, quirks }: Pick<Provider, 'name' | 'quirks'>,
  { request, response, nowMs }: Received,
  value: unknown,
  problem?: string,
): Failure {
  const { status, headers, body } = response
  const { secrets = [] } = request
  const source = sourceOf(request)
  const found = errorWords(value)
  const isError =
    status >= 300 ||
    Object.entries(Object(value)).some(([member, said]) => said && /^err/i.test(member)) ||
    meaningOf(found, source, { errors: quirks?.errors?.filter(namesWord) ?? [] }, status) !== undefined
  // Not processed, or a server in trouble.
  const isTransient = status >= 500 || [408, 425, 429].includes(status)
  // The URL is probably not the endpoint.
  const isMisplaced = (isError && status < 400 && status >= 300) || [404, 405, 410, 415].includes(status)
  const words = isError ? found : []
  const code: FailureCode = isTransient
    ? 'transient'
    : (failureCodeOf(words, source, quirks, isError ? status : undefined) ??
      (!isError ? 'indeterminate' : isMisplaced ? 'misconfigured' : 'unrecognized'))
  const says = words.length
    ? providerMessage(name, words, secrets)
    : `${name} sent ${problem ?? describeBody(response, secrets)}`
  const remedy = (): string => {
    if (isMisplaced && code === 'misconfigured') {
      const location = headers['location']
      const target = location ? `, which redirects to ${quote(location, secrets)}` : ''
      return `: check the endpoint ${request.url.replace(/\?.*/s, '')}${target}`
    }
    if (words.includes('invalid_client')) return `: ${describeAuthentication(request)}`
    return code === 'unrecognized' && source === 'refresh' && words.length
      ? '; if they mean that the user must sign in again, describe these words in quirks.errors'
      : ''
  }
  // With other statuses a gateway may have spoken in place of the server.
  const isCounted =
    typeof value === 'object' && words.length > 0 && (status < 300 || [400, 401, 403, 422].includes(status))
  return {
    code,
    message: `${says} (HTTP ${status})${remedy()}`,
    status,
    body: scrub(body, secrets),
    ...(code === 'transient' && { retryAtMs: retryAtMs(headers['retry-after'], nowMs) }),
    ...(code === 'unrecognized' && !isCounted && { isWordless: true }),
  }
}

/** Returns where a request belongs. */
function sourceOf({ context }: SentRequest): ErrorSource {
  const [source = 'exchange'] = /refresh|device/.exec(context?.grant ?? '') ?? []
  return source as ErrorSource
}

/** Describes how the client authenticated (RFC 6749 section 2.3.1). */
function describeAuthentication({ headers, url, body }: SentRequest): string {
  if (headers?.['authorization']) return 'the client_secret was sent by HTTP Basic'
  const [name] = /client_(assertion|secret)/.exec(`${url}${body}`) ?? []
  return name ? `the ${name} was sent in the body` : 'no client_secret was sent'
}

/** Describes a response that has no words. */
function describeBody({ headers, body, truncated }: HttpResponse, secrets: readonly string[]): string {
  if (truncated) return 'a response that was cut off'
  return body
    ? `${quote(headers['content-type'] ?? 'text', secrets).slice(0, 50)} without a reason`
    : 'an empty response'
}
