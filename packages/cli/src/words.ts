// Instants and accounts in plain words.
import type { Tokens } from '@latchkey/core'
import type { TokenRecord } from '@latchkey/core/keeper'

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** A duration in the largest unit of which there are two, or one: "36 hours", "1 minute". */
export function span(ms: number): string {
  const [unit, size] =
    UNITS.find(([, one]) => ms >= 2 * one) ?? UNITS.find(([, one]) => ms >= one) ?? UNITS[3]
  const count = Math.floor(ms / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** How long a token is good. */
export function lasts(expires_at: number | undefined, nowMs: number = Date.now()): string {
  if (expires_at === undefined) return 'good until the server says otherwise'
  return expires_at > nowMs
    ? `good for ${span(expires_at - nowMs)}`
    : `expired ${span(nowMs - expires_at)} ago`
}

/** When something was. */
export function ago(sinceMs: number, nowMs: number = Date.now()): string {
  return sinceMs > nowMs ? 'just now' : `${span(nowMs - sinceMs)} ago`
}

/** How an account stands, why, and what its person can do about it. */
export interface Standing {
  readonly isGood: boolean
  readonly says: string
  readonly todo?: 'login' | 'wait'
}

/** How the account of a record stands, in plain words; without a record nobody has signed in. */
export function standingOf(record: TokenRecord | undefined, nowMs: number = Date.now()): Standing {
  if (!record) return { isGood: false, says: 'nobody has signed in', todo: 'login' }
  const { status, sinceMs, tokens, lease, notBeforeMs = 0, rejections = 0 } = record
  if (status === 'signedOut')
    return { isGood: false, says: `signed out on purpose ${ago(sinceMs, nowMs)}`, todo: 'login' }
  if (status === 'reauth')
    return {
      isGood: false,
      says: `the server refused the refresh token ${ago(sinceMs, nowMs)}: it was revoked, has expired, or was spent by a program that does not share this store${lease?.sentAtMs === undefined ? '' : '. An answer of the server had been lost before, and its new token with it'}`,
      todo: 'login',
    }
  if (rejections > 1)
    return {
      isGood: false,
      says: `signed in, but an API refused ${rejections} new tokens in a row: the account may be suspended, or the tokens are not meant for that API`,
      todo: 'wait',
    }
  if (notBeforeMs > nowMs)
    return {
      isGood: false,
      says: `signed in, but the server asked to be left alone for ${span(notBeforeMs - nowMs)}`,
      todo: 'wait',
    }
  const { expires_at = expiryOf(record) } = tokens
  const isPast = expires_at !== undefined && expires_at <= nowMs
  if (isPast && tokens.refresh_token === undefined)
    return {
      isGood: false,
      says: `${lasts(expires_at, nowMs)}, and there is no refresh token`,
      todo: 'login',
    }
  const how = tokens.refresh_token === undefined ? 'there is no refresh token' : 'a refresh token is there'
  return { isGood: true, says: `signed in, the access token is ${lasts(expires_at, nowMs)}, ${how}` }
}

function expiryOf({ tokens, obtainedAtMs }: TokenRecord): number | undefined {
  const { expires_in } = tokens as Partial<Tokens>
  return expires_in === undefined ? undefined : obtainedAtMs + expires_in * 1000
}
