import type { Instant } from './instant.ts'
import { lifetimeMs } from './lifetime.ts'
import type { Memory } from './memory.ts'
import type { StatusReason, TokenRecord } from './record.ts'
import { stillWorks } from './rules.ts'

/** The status of an account, according to its record and the clock. */
export interface StatusOf {
  readonly status: TokenRecord['status']
  readonly sinceMs: number
  readonly because: StatusReason
  readonly inDoubt: boolean
}

/**
 * Returns the status of an account. A `live` record counts as `reauth` when its access token has expired and nothing
 * renews it.
 */
export function statusOf(record: TokenRecord, memory: Memory, at: Instant): StatusOf {
  const { status, sinceMs, because, inDoubt = false, tokens, renewal } = record
  const isRenewed = (tokens.refresh_token !== undefined && because !== 'refresh-token-refused') || renewal
  if (status !== 'live' || isRenewed || stillWorks({ request: {}, memory }, record, at))
    return { status, sinceMs, because, inDoubt }
  const reason = because === 'refresh-token-refused' ? because : 'access-token-expired'
  const endedAtMs = record.obtainedAtMs + lifetimeMs(record)
  return { status: 'reauth', sinceMs: Math.min(endedAtMs, at.nowMs), because: reason, inDoubt }
}
