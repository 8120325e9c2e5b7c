import type { Stored } from '../ports/token-store.ts'
import { own } from '../util/own.ts'
import type { Owner, StoredRecord, TokenRecord } from './record.ts'
import { type RecordV1, upgraded } from './record-v1.ts'

/** Why a stored value is not a usable record: of a newer version, of another account, or not a record at all. */
export type UnusableRecord = 'newer' | 'foreign' | 'damaged'

/**
 * Reads a stored value as the record of `owner`, or returns why it cannot be used. It never takes an unusable value for
 * an absent one. Members of unknown name are kept: every write preserves them.
 */
export function readRecord(
  stored: Stored | undefined,
  owner: Owner,
): StoredRecord | UnusableRecord | undefined {
  if (!stored) return undefined
  const { value, version } = stored
  const v = own(value, 'v')
  if (typeof v === 'number' && v > 2) return 'newer'
  const record = v === 1 ? upgraded(value as unknown as RecordV1) : (value as unknown as TokenRecord)
  const isWhole =
    own(record, 'v') === 2 &&
    typeof record.family === 'string' &&
    Number.isSafeInteger(record.generation) &&
    ['live', 'reauth', 'signedOut'].includes(record.status) &&
    typeof record.tokens === 'object' &&
    record.tokens !== null &&
    Array.isArray(record.spareRefreshTokens)
  if (!isWhole) return 'damaged'
  const names = ['provider', 'client_id', 'account'] as const
  return names.every(name => record[name] === owner[name]) ? { record, version } : 'foreign'
}
