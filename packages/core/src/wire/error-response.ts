import type { Failure, FailureCode, FailureKind } from '../failure.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { Provider, Quirks } from '../provider.ts'
import { quote, scrub } from '../scrub.ts'
import { isObject, parseJson } from './json.ts'
import { retryAtMs } from './retry-after.ts'

/** What RFC 6749's error codes (sections 4.1.2.1 and 5.2) ask of the one who reads them. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  invalid_grant: 'dead',
  invalid_client: 'misconfigured',
  invalid_request: 'misconfigured',
  invalid_scope: 'misconfigured',
  unauthorized_client: 'misconfigured',
  unsupported_grant_type: 'misconfigured',
  unsupported_response_type: 'misconfigured',
}

const CODES: Readonly<Record<FailureKind, FailureCode>> = {
  dead: 'invalid_grant',
  misconfigured: 'misconfigured',
  transient: 'transient',
  unknown: 'outcome_unknown',
}

/** How long a body may be on an error, in characters. */
const BODY_LIMIT = 4096

/** The failure that a provider's words stand for: as the quirks say or RFC 6749 does, otherwise `transient`. */
export function codeOf(words: readonly string[], { errorKinds = {} }: Quirks = {}): FailureCode {
  const named = Object.entries(errorKinds).find(([, texts]) => texts.some(text => words.includes(text)))
  return CODES[(named?.[0] as FailureKind | undefined) ?? KINDS[words[0] ?? ''] ?? 'transient']
}

/** What the server says in a body, in its own words; RFC 6749 section 5.2 where no quirk names another place. */
export function wordsOf(body: string, { errorPaths = [] }: Quirks = {}): readonly string[] {
  const value = parseJson(body)
  const text = errorPaths.map(path => at(value, path)).find(isText)
  return text ? [text] : [at(value, ['error']), at(value, ['error_description'])].filter(isText)
}

/** The failure that an answer with an error stands for. Its HTTP status counts, a `status` in the body does not. */
export function readError(
  { name, quirks }: Provider,
  response: HttpResponse,
  nowMs: number,
  secrets: readonly string[],
): Failure {
  const { status, headers, body } = response
  const words = wordsOf(body, quirks)
  const throttled = status === 429 || status >= 500
  const retry = throttled ? retryAtMs(headers['retry-after'], nowMs) : undefined
  return {
    ...describe(
      response,
      secrets,
      `${name} ${words.length ? `says: ${quote(words.join(': '), secrets)}` : mute(response)}`,
    ),
    code: throttled ? 'transient' : codeOf(words, quirks),
    ...(retry && { retryAtMs: retry }),
  }
}

/** The failure that a successful answer without usable tokens stands for. */
export function readUnusable(
  { name }: Provider,
  response: HttpResponse,
  problem: string | undefined,
  secrets: readonly string[],
): Failure {
  const reason = problem ? `sent a token response that cannot be used: ${problem}` : mute(response)
  return { ...describe(response, secrets, `${name} ${reason}`), code: 'outcome_unknown' }
}

function describe(
  { status, body }: HttpResponse,
  secrets: readonly string[],
  message: string,
): Omit<Failure, 'code'> {
  return { message: `${message} (HTTP ${status})`, status, body: scrub(body, secrets, BODY_LIMIT) }
}

/** What there is to say of an answer that says nothing itself. */
function mute({ headers, body, truncated }: HttpResponse): string {
  if (truncated) return 'sent an answer that broke off'
  if (!body) return 'sent an empty answer'
  if (parseJson(body) !== undefined) return 'gave no reason'
  return `sent ${quote(headers['content-type'] ?? 'text', []).slice(0, 50)} instead of JSON`
}

function at(value: unknown, path: readonly string[]): unknown {
  let inner = value
  for (const name of path)
    inner =
      (isObject(inner) || Array.isArray(inner)) && Object.hasOwn(inner, name)
        ? inner[name as never]
        : undefined
  return inner
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}
