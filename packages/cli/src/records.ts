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
 * What a store has of every account, as it is: nothing is refreshed, healed or asked for.
 *
 * @throws {TypeError} when the store cannot tell its keys.
 * @throws {StoreError} when it cannot be read.
 */
export async function recordsIn(store: TokenStore): Promise<readonly TokenRecord[]> {
  if (!store.keys) throw new TypeError('this store cannot tell its keys')
  const records: TokenRecord[] = []
  for await (const key of store.keys()) {
    const owner = ownerOf(key)
    const record = owner && (await recordIn(store, owner))
    if (record) records.push(record)
  }
  const name = ({ provider, account }: Owner): string => `${provider} ${account}`
  return records.sort((a, b) => name(a).localeCompare(name(b)))
}

const UNUSABLE = {
  newer: 'of a later version of Latchkey',
  foreign: "another account's",
  damaged: 'damaged',
} as const satisfies Record<UnusableRecord, string>

/**
 * What a store has of one account.
 *
 * @throws {RecordError} when it is of another version, or of somebody else.
 */
export async function recordIn(store: TokenStore, owner: Owner): Promise<TokenRecord | undefined> {
  const found = readRecord(await store.read(keyOf(owner)), owner)
  if (typeof found === 'string')
    throw new RecordError(
      `what is stored for ${owner.provider}, account ${owner.account}, is ${UNUSABLE[found]}`,
    )
  return found?.record
}
