import { RecordError, type TokenStore } from '@latchkey/core'
import {
  type Owner,
  ownerOf,
  keyOf,
  readRecord,
  type TokenRecord,
  type UnusableRecord,
} from '@latchkey/core/keeper'

/**
 * Reads the record of every account without refreshing, healing or requesting anything.
 *
 * @throws {TypeError} when the store cannot list its keys.
 * @throws {StoreError} when it cannot be read.
 */
export async function readRecords(store: TokenStore): Promise<readonly TokenRecord[]> {
  if (!store.keys) throw new TypeError('this store cannot list its keys')
  const records: TokenRecord[] = []
  for await (const key of store.keys()) {
    const owner = ownerOf(key)
    const record = owner && (await readAccountRecord(store, owner))
    if (record) records.push(record)
  }
  const name = ({ provider, account }: Owner): string => `${provider} ${account}`
  return records.sort((a, b) => name(a).localeCompare(name(b)))
}

const UNUSABLE = {
  newer: 'from a newer version of Latchkey',
  foreign: "another account's",
  damaged: 'damaged',
} as const satisfies Record<UnusableRecord, string>

/**
 * Reads the record of one account.
 *
 * @throws {RecordError} when it is from another version, belongs to another account or is damaged.
 */
export async function readAccountRecord(store: TokenStore, owner: Owner): Promise<TokenRecord | undefined> {
  const found = readRecord(await store.read(keyOf(owner)), owner)
  if (typeof found === 'string')
    throw new RecordError(`the record of ${owner.provider}, account ${owner.account}, is ${UNUSABLE[found]}`)
  return found?.record
}
