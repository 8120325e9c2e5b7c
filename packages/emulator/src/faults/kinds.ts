import type { Endpoint } from '../ledger.ts'
import { ENDPOINTS } from '../ledger.ts'
import type { Setting } from '../settings.ts'
import { checkSetting } from '../settings.ts'
import { argument, isRecord, oneOf } from '../validate.ts'
import type { AnswerName } from './answers.ts'
import { ANSWERS } from './answers.ts'
import type { RetryAfter } from './retry-after.ts'
import { RETRY_AFTER } from './retry-after.ts'
import type { ShapeName } from './token-shapes.ts'
import { TOKEN_SHAPES } from './token-shapes.ts'

/** Whether the fault strikes before the server does its work, or when the work is done and only the answer suffers. */
export type When = 'before' | 'after'

/** Every kind of fault with its parameters. Times are milliseconds, unless a name says seconds. */
export interface FaultParameters {
  delay: { ms: number; at: When }
  reset: { at: When }
  truncate: { bytes: number }
  answer: { answer: AnswerName; at: When }
  redirect: { status: 301 | 302 | 303 | 307 | 308; location: string; at: When }
  'retry-after': { status: 429 | 503; retryAfter: RetryAfter; seconds: number; at: When }
  'slow-body': { chunkBytes: number; everyMs: number }
  oversized: { bytes: number }
  'gzip-bomb': { bytes: number }
  'duplicate-keys': object
  'proto-keys': object
  'date-skew': { ms: number }
  token: { shape: ShapeName }
}

export type FaultKind = keyof FaultParameters

/** Which requests a fault strikes. */
export interface FaultTarget {
  /** `token` by default; `*` is every endpoint. */
  readonly endpoint?: Endpoint | '*'
  /** Only token requests with this grant type. */
  readonly grant_type?: string
  /** How many of the requests that fit; 1 by default. */
  readonly times?: number | 'always'
}

/** A scripted fault; parameters left out take the defaults of {@link FAULT_KINDS}. */
export type Fault = {
  readonly [Kind in FaultKind]: FaultTarget & { readonly kind: Kind } & Readonly<
      Partial<FaultParameters[Kind]>
    >
}[FaultKind]

/** A fault with nothing left out. */
export type CompleteFault = {
  readonly [Kind in FaultKind]: Required<Omit<FaultTarget, 'grant_type'>> &
    Pick<FaultTarget, 'grant_type'> & { readonly kind: Kind } & Readonly<FaultParameters[Kind]>
}[FaultKind]

interface KindRow<Parameters> {
  readonly summary: string
  readonly parameters: { readonly [Name in keyof Parameters]: Setting<Parameters[Name]> }
}

const AT: Setting<When> = { default: 'before', values: ['before', 'after'] }
const SKEW: Setting<number> = { default: 3_600_000, isSigned: true }

/** The kinds of fault, with the values and defaults of their parameters. */
export const FAULT_KINDS: { readonly [Kind in FaultKind]: KindRow<FaultParameters[Kind]> } = {
  delay: {
    summary: 'waits before the work, or before the first byte of the answer',
    parameters: { ms: { default: 5000 }, at: AT },
  },
  reset: { summary: 'resets the connection; after the work, the answer is lost', parameters: { at: AT } },
  truncate: {
    summary: 'ends the connection after so many bytes of the body',
    parameters: { bytes: { default: 20 } },
  },
  answer: {
    summary: 'one of the canned answers instead',
    parameters: {
      answer: { default: 'over-capacity-500', values: Object.keys(ANSWERS) as AnswerName[] },
      at: AT,
    },
  },
  redirect: {
    summary: 'a redirect to somewhere else',
    parameters: {
      status: { default: 307, values: [301, 302, 303, 307, 308] },
      location: { default: 'https://elsewhere.example/' },
      at: AT,
    },
  },
  'retry-after': {
    summary: 'please come back later, with any form of Retry-After',
    parameters: {
      status: { default: 503, values: [429, 503] },
      retryAfter: { default: 'seconds', values: Object.keys(RETRY_AFTER) as RetryAfter[] },
      seconds: { default: 30 },
      at: AT,
    },
  },
  'slow-body': {
    summary: 'trickles the body',
    parameters: { chunkBytes: { default: 16 }, everyMs: { default: 1000 } },
  },
  oversized: {
    summary: 'pads the body with spaces to so many bytes',
    parameters: { bytes: { default: 16_777_216 } },
  },
  'gzip-bomb': {
    summary: 'a small gzip body that becomes so many bytes',
    parameters: { bytes: { default: 67_108_864 } },
  },
  'duplicate-keys': {
    summary: 'every member of the JSON twice, the first with a wrong value',
    parameters: {},
  },
  'proto-keys': { summary: 'members __proto__ and constructor in the JSON', parameters: {} },
  'date-skew': { summary: 'a Date header that is so far off', parameters: { ms: SKEW } },
  token: {
    summary: "an unusual token response, of other providers' making",
    parameters: { shape: { default: 'expires-in-string', values: Object.keys(TOKEN_SHAPES) as ShapeName[] } },
  },
}

const ENDPOINT: Setting<Endpoint | '*'> = { default: 'token', values: [...ENDPOINTS, '*'] }

/**
 * Checks a fault that came from outside and fills in what was left out.
 *
 * @throws {TypeError} naming the parameter that does not exist or the value that it cannot take.
 */
export function completeFault(fault: unknown): CompleteFault {
  argument(isRecord(fault), 'fault', 'an object')
  const { kind, grant_type, times = 1, ...given } = fault
  argument(Object.hasOwn(FAULT_KINDS, String(kind)), 'fault.kind', oneOf(Object.keys(FAULT_KINDS)))
  argument(grant_type === undefined || typeof grant_type === 'string', 'fault.grant_type', 'a string')
  const isCount = Number.isSafeInteger(times) && Number(times) > 0
  argument(isCount || times === 'always', 'fault.times', 'a whole number of at least 1, or "always"')

  const { parameters } = FAULT_KINDS[kind as FaultKind]
  const settings: Readonly<Record<string, Setting<unknown>>> = { endpoint: ENDPOINT, ...parameters }
  for (const [name, value] of Object.entries(given)) {
    argument(Object.hasOwn(settings, name), `fault.${name}`, `a parameter of ${kind}`)
    checkSetting(`fault.${name}`, value, settings[name]!)
  }
  const defaults = Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [name, setting.default]),
  )
  return {
    kind,
    times,
    ...defaults,
    ...given,
    ...(grant_type !== undefined && { grant_type }),
  } as CompleteFault
}
