import KeyvRedis from '@keyv/redis'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { createClient } from '@redis/client'
import Keyv from 'keyv'
import { sealed } from '../../../tools/sealed.ts'
import { type Ratios, ratiosOf } from '../ratios.ts'
import { startRedis } from '../redis-server.ts'
import { callsOf, KEY, timed, VALUE } from './calls.ts'

export async function compareRedis(rounds: number): Promise<Record<string, Ratios>> {
  await using cleanup = new AsyncDisposableStack()
  const url = await startRedis(cleanup)

  const client = createClient({ url })
  await client.connect()
  cleanup.defer(() => client.close())
  const keyv = new Keyv({ store: new KeyvRedis(url, { throwOnErrors: true }), throwOnErrors: true })
  cleanup.defer(() => keyv.disconnect())
  const store = new RedisTokenStore({ url })
  cleanup.defer(() => store.close())

  const set = async (): Promise<unknown> => client.set(KEY, JSON.stringify(VALUE))
  const setKeyv = (): Promise<unknown> => keyv.set(KEY, VALUE)
  await Promise.all([set(), setKeyv()])
  const ours = await callsOf(store)
  const another = new RedisTokenStore({ url, namespace: 'sealed' })
  cleanup.defer(() => another.close())
  const encrypted = await callsOf(sealed(another, true))

  return {
    'Redis, read': await ratiosOf(
      {
        '@redis/client GET, JSON.parse': timed(async () => JSON.parse((await client.get(KEY))!)),
        'keyv over @keyv/redis': timed(() => keyv.get(KEY)),
        RedisTokenStore: timed(ours.read),
        'the same, encrypted': timed(encrypted.read),
      },
      rounds,
    ),
    'Redis, swap': await ratiosOf(
      {
        '@redis/client SET': timed(set),
        'keyv over @keyv/redis': timed(setKeyv),
        RedisTokenStore: timed(ours.swap),
        'the same, encrypted': timed(encrypted.swap),
      },
      rounds,
    ),
  }
}
