// Describes times and accounts in words.
import { type Block, statusAt, type TokenRecord } from '@latchkey/core/keeper'

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
  readonly status: TokenRecord['status']
  /** A client returns a token, or requests one. */
  readonly isGood: boolean
  readonly message: string
  readonly action?: 'login' | 'wait'
}

/** Describes the account of a record. */
export function describe(record: TokenRecord | undefined, nowMs: number = Date.now()): AccountState {
  if (!record) return { status: 'signedOut', isGood: false, message: 'not signed in', action: 'login' }
  const { status, sinceMs, block } = statusAt(record, nowMs)
  if (status === 'signedOut')
    return { status, isGood: false, message: `signed out ${formatAgo(sinceMs, nowMs)}`, action: 'login' }
  if (status === 'reauth')
    return { status, isGood: false, message: whyReauth(record, nowMs), action: 'login' }
  if (block) {
    const message = `signed in, but ${whyBlocked(record, block, formatDuration(block.untilMs - nowMs))}`
    return { status, isGood: false, message, action: 'wait' }
  }
  const message = `signed in, ${describeExpiry(record, nowMs)}, ${renewalOf(record)}`
  return { status, isGood: true, message }
}

const REVOKED = 'it was revoked, has expired, or was used by a program that does not share this store'

function whyReauth(record: TokenRecord, nowMs: number): string {
  const { status, sinceMs, because, inDoubt, lease, rejectedGeneration, generation } = record
  if (status === 'reauth') {
    const ago = formatAgo(sinceMs, nowMs)
    if (inDoubt)
      return `the server has refused to refresh the tokens since ${ago}, for a reason that is not known`
    const lost = '. Before that, a response with a new refresh token was lost'
    return `the server rejected the refresh token ${ago}: ${REVOKED}${lease?.sentAtMs === undefined ? '' : lost}`
  }
  const end =
    rejectedGeneration === generation ? 'an API rejected the access token' : describeExpiry(record, nowMs)
  return because === 'refresh-token-refused'
    ? `${end}, and the server rejected the refresh token: ${REVOKED}`
    : `${end}, and there is no refresh token`
}

function whyBlocked({ refusals }: TokenRecord, { reason }: Block, wait: string): string {
  const times = refusals?.attempts === 1 ? 'once' : `${refusals?.attempts} times in a row`
  switch (reason) {
    case 'rejections':
      return `an API rejects one new token after another: the account may be suspended, or the tokens are not meant for that API; the next refresh is possible in ${wait}`
    case 'refusals':
      return `the server refused to refresh the tokens ${times}; the next refresh is possible in ${wait}`
    case 'retry-after':
      return `the server requested a pause of ${wait}`
  }
}

function renewalOf({ because, tokens }: TokenRecord): string {
  if (because === 'refresh-token-refused') return 'but the server rejected the refresh token'
  return tokens.refresh_token === undefined ? 'there is no refresh token' : 'there is a refresh token'
}

function describeExpiry(record: TokenRecord, nowMs: number): string {
  const expiry = formatExpiry(expiryOf(record), nowMs)
  return `the access token ${expiry.startsWith('expired') ? expiry : `is ${expiry}`}`
}

function expiryOf({ tokens, obtainedAtMs }: TokenRecord): number | undefined {
  const { expires_at, expires_in } = tokens
  return expires_at ?? (expires_in === undefined ? undefined : obtainedAtMs + expires_in * 1000)
}
