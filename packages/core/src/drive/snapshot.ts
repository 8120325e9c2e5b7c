import type { TokenRecord } from '../keeper/record.ts'
import type { Grant } from '../keeper/record-writes.ts'

/** What is known of an account, for user interfaces. It has no secret. */
export interface Snapshot {
  /** `unknown`: the store was not read yet. */
  readonly status: 'live' | 'reauth' | 'signedOut' | 'unknown'
  /** The name of the account. */
  readonly account: string
  /** The scope of the access token, as the server named it (RFC 6749 section 3.3). */
  readonly scope: string | undefined
  /** When the access token expires, Unix time in ms. */
  readonly expiresAtMs: number | undefined
}

export const NO_SNAPSHOT: Snapshot = {
  status: 'unknown',
  account: '',
  scope: undefined,
  expiresAtMs: undefined,
}

/** Returns the snapshot of an account that holds these tokens: `before`, if nothing has changed. */
export function snapshotOf(
  before: Snapshot,
  status: Snapshot['status'],
  account: string,
  held: Grant | TokenRecord | undefined,
): Snapshot {
  const { expires_in, scope } = held?.tokens ?? {}
  const expiresAtMs = expires_in === undefined ? undefined : held!.obtainedAtMs + expires_in * 1000
  const now: Snapshot = { status, account, scope, expiresAtMs }
  const names = Object.keys(now) as (keyof Snapshot)[]
  return names.every(name => now[name] === before[name]) ? before : now
}
