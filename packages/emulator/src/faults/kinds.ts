import type { Endpoint } from '../ledger.ts'
import { ENDPOINTS } from '../ledger.ts'
import type { Setting } from '../settings.ts'
import { checkSetting } from '../settings.ts'
import { argument, isRecord, oneOf } from '../validate.ts'
import type { ResponseName } from './responses.ts'
import { RESPONSES } from './responses.ts'
import type { RetryAfter } from './retry-after.ts'
import { RETRY_AFTER } from './retry-after.ts'
import type { ShapeName } from './token-shapes.ts'
import { TOKEN_SHAPES } from './token-shapes.ts'

/** Whether the fault applies before the server handles the request, or afterwards, to the response only. */
export type FaultTiming = 'before' | 'after'

/** Every kind of fault with its parameters; {@link FAULT_KINDS} describes each. Times are in ms, except `seconds`. */
export interface FaultParameters {
  delay: { ms: number; at: FaultTiming }
  reset: { at: FaultTiming }
  truncate: { bytes: number }
  response: { response: ResponseName; at: FaultTiming }
  redirect: { status: 301 | 302 | 303 | 307 | 308; location: string; at: FaultTiming }
  'retry-after': { status: 429 | 503; retryAfter: RetryAfter; seconds: number; at: FaultTiming }
  'slow-body': { chunkBytes: number; everyMs: number }
  oversized: { bytes: number }
  'gzip-bomb': { bytes: number }
  'duplicate-keys': object
  'proto-keys': object
  'date-skew': { ms: number }
  token: { shape: ShapeName }
}

/** The names of the kinds of faults. */
export type FaultKind = keyof FaultParameters

/** The requests that a fault applies to. */
export interface FaultTarget {
  /** The endpoint. Default `token`; `*` is every endpoint. */
  readonly endpoint?: Endpoint | '*'
  /** Limits the fault to token requests with this grant type. */
  readonly grant_type?: string
  /** The number of matching requests. Default 1. */
  readonly times?: number | 'always'
}

/** A fault to add. Omitted parameters have the defaults of {@link FAULT_KINDS}. */
export type Fault = {
  readonly [Kind in FaultKind]: FaultTarget & { readonly kind: Kind } & Readonly<
      Partial<FaultParameters[Kind]>
    >
}[FaultKind]

/** A fault with all parameters. */
export type CompleteFault = {
  readonly [Kind in FaultKind]: Required<Omit<FaultTarget, 'grant_type'>> &
    Pick<FaultTarget, 'grant_type'> & { readonly kind: Kind } & Readonly<FaultParameters[Kind]>
}[FaultKind]

interface KindRow<Parameters> {
  readonly summary: string
  readonly parameters: { readonly [Name in keyof Parameters]: Setting<Parameters[Name]> }
}

const AT: Setting<FaultTiming> = { default: 'before', values: ['before', 'after'] }
const SKEW: Setting<number> = { default: 3_600_000, isSigned: true }

/** The kinds of faults, with the values and defaults of their parameters. */
export const FAULT_KINDS: { readonly [Kind in FaultKind]: KindRow<FaultParameters[Kind]> } = {
  delay: {
    summary: 'waits before handling the request, or before the first byte of the response',
    parameters: { ms: { default: 5000 }, at: AT },
  },
  reset: { summary: 'resets the connection; with `after`, the response is lost', parameters: { at: AT } },
  truncate: {
    summary: 'closes the connection after this number of bytes of the body',
    parameters: { bytes: { default: 20 } },
  },
  response: {
    summary: 'sends a canned response instead',
    parameters: {
      response: { default: 'over-capacity-500', values: Object.keys(RESPONSES) as ResponseName[] },
      at: AT,
    },
  },
  redirect: {
    summary: 'redirects to another address',
    parameters: {
      status: { default: 307, values: [301, 302, 303, 307, 308] },
      location: { default: 'https://elsewhere.example/' },
      at: AT,
    },
  },
  'retry-after': {
    summary: 'sends a temporary error with any form of Retry-After',
    parameters: {
      status: { default: 503, values: [429, 503] },
      retryAfter: { default: 'seconds', values: Object.keys(RETRY_AFTER) as RetryAfter[] },
      seconds: { default: 30 },
      at: AT,
    },
  },
  'slow-body': {
    summary: 'sends the body in small chunks',
    parameters: { chunkBytes: { default: 16 }, everyMs: { default: 1000 } },
  },
  oversized: {
    summary: 'pads the body with spaces to this number of bytes',
    parameters: { bytes: { default: 16_777_216 } },
  },
  'gzip-bomb': {
    summary: 'sends a small gzip body that decompresses to this number of bytes',
    parameters: { bytes: { default: 67_108_864 } },
  },
  'duplicate-keys': {
    summary: 'sends every JSON member twice, the first with a wrong value',
    parameters: {},
  },
  'proto-keys': { summary: 'adds members __proto__ and constructor to the JSON', parameters: {} },
  'date-skew': { summary: 'shifts the Date header', parameters: { ms: SKEW } },
  token: {
    summary: 'sends an unusual token response, as other providers do',
    parameters: { shape: { default: 'expires-in-string', values: Object.keys(TOKEN_SHAPES) as ShapeName[] } },
  },
}

const ENDPOINT: Setting<Endpoint | '*'> = { default: 'token', values: [...ENDPOINTS, '*'] }

/**
 * Validates a fault and adds the defaults.
 *
 * @throws {TypeError} when a parameter is unknown or a value is invalid; the message names it.
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
