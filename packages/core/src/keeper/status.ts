import type { Instant } from './instant.ts'
import { lifetimeMs } from './lifetime.ts'
import type { Memory } from './memory.ts'
import type { StatusReason, TokenRecord } from './record.ts'
import { type Block, blockNow } from './refusals.ts'
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

/** Returns the status of an account and what keeps its callers from a token, for a program that has no client. */
export function statusAt(
  record: TokenRecord,
  nowMs: number,
): StatusOf & { readonly block: Block | undefined } {
  const at = { nowMs, monotonicMs: 0 }
  const memory: Memory = { startedAt: at }
  const block = stillWorks({ request: {}, memory }, record, at) ? undefined : blockNow(record, memory, at)
  return { ...statusOf(record, memory, at), block }
}
