// Describes times and accounts in words.
import type { Tokens } from '@latchkey/core'
import type { TokenRecord } from '@latchkey/core/keeper'

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** Formats a duration in ms in the largest unit with a count of at least two, else one: "36 hours", "1 minute". */
export function formatDuration(ms: number): string {
  const [unit, size] =
    UNITS.find(([, one]) => ms >= 2 * one) ?? UNITS.find(([, one]) => ms >= one) ?? UNITS[3]
  const count = Math.floor(ms / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** Describes how long a token is valid. */
export function formatExpiry(expires_at: number | undefined, nowMs: number = Date.now()): string {
  if (expires_at === undefined) return 'valid until the server rejects it'
  return expires_at > nowMs
    ? `valid for ${formatDuration(expires_at - nowMs)}`
    : `expired ${formatDuration(nowMs - expires_at)} ago`
}

/** Formats a past time: "2 hours ago". */
export function formatAgo(sinceMs: number, nowMs: number = Date.now()): string {
  return sinceMs > nowMs ? 'just now' : `${formatDuration(nowMs - sinceMs)} ago`
}

/** The state of an account, the reason, and what the user can do. */
export interface AccountState {
  readonly isGood: boolean
  readonly message: string
  readonly action?: 'login' | 'wait'
}

/** Describes the account of a record. */
export function describe(record: TokenRecord | undefined, nowMs: number = Date.now()): AccountState {
  if (!record) return { isGood: false, message: 'not signed in', action: 'login' }
  const { status, sinceMs, tokens, lease, refusals, rejections, inDoubt } = record
  if (status === 'signedOut')
    return { isGood: false, message: `signed out ${formatAgo(sinceMs, nowMs)}`, action: 'login' }
  if (status === 'reauth')
    return {
      isGood: false,
      message: inDoubt
        ? `the server has refused to refresh the tokens since ${formatAgo(sinceMs, nowMs)}, for a reason that is not known`
        : `the server rejected the refresh token ${formatAgo(sinceMs, nowMs)}: it was revoked, has expired, or was used by a program that does not share this store${lease?.sentAtMs === undefined ? '' : '. Before that, a response with a new refresh token was lost'}`,
      action: 'login',
    }
  if (rejections && rejections.level > 3)
    return {
      isGood: false,
      message: `signed in, but an API rejects one new token after another: the account may be suspended, or the tokens are not meant for that API`,
      action: 'wait',
    }
  if (refusals && refusals.nextTryAtMs > nowMs)
    return {
      isGood: false,
      message: `signed in, but the server requested a pause of ${formatDuration(refusals.nextTryAtMs - nowMs)}`,
      action: 'wait',
    }
  const { expires_at = expiryOf(record) } = tokens
  const isPast = expires_at !== undefined && expires_at <= nowMs
  if (isPast && tokens.refresh_token === undefined)
    return {
      isGood: false,
      message: `${formatExpiry(expires_at, nowMs)}, and there is no refresh token`,
      action: 'login',
    }
  const how = tokens.refresh_token === undefined ? 'there is no refresh token' : 'there is a refresh token'
  return {
    isGood: true,
    message: `signed in, the access token is ${formatExpiry(expires_at, nowMs)}, ${how}`,
  }
}

function expiryOf({ tokens, obtainedAtMs }: TokenRecord): number | undefined {
  const { expires_in } = tokens as Partial<Tokens>
  return expires_in === undefined ? undefined : obtainedAtMs + expires_in * 1000
}
