import type { TokenStore } from '@latchkey/core'
import type { Json, Stored } from '@latchkey/core/ports'
import { ensure, equal, show } from '../assert.ts'
import { turn } from '../platform.ts'
import type { Scene, StoreCase } from './scene.ts'

const RACERS = 50

/**
 * Adds 1 to the number under `key`, `times` times, each by a swap that is tried until it holds: whatever else
 * does the same at that time, no addition is lost. Adapters run it in other processes; see `Medium.elsewhere`.
 *
 * @throws {Error} when it was refused a thousand times in a row, though each refusal means that another got on
 */
export async function increments(store: TokenStore, key: string, times: number): Promise<void> {
  let current: Stored | undefined = await store.read(key)
  for (let done = 0, refusals = 0; done < times;) {
    const value = Number(current?.value ?? 0) + 1
    const result = await store.compareAndSwap(key, current?.version, value)
    current = result.swapped ? { value, version: result.version } : result.current
    refusals = result.swapped ? 0 : refusals + 1
    ensure(refusals < 1_000, `a swap was refused ${refusals} times in a row: ${show(result)}`)
    if (result.swapped) done += 1
    else await turn()
  }
}

/** Races `RACERS` swaps, dealt out to `stores`, from what is stored under `key`; exactly one may win. */
async function race({ store, stored }: Scene, stores: readonly TokenStore[], from: Json | undefined) {
  const begun = from === undefined ? undefined : await store.compareAndSwap('key', undefined, from)
  const expected = begun?.swapped ? begun.version : undefined
  const results = await Promise.all(
    Array.from({ length: RACERS }, (_, n) =>
      stores[n % stores.length]!.compareAndSwap('key', expected, { racer: n }),
    ),
  )
  const winners = results.flatMap((result, racer) => (result.swapped ? [{ racer, ...result }] : []))
  equal(winners.length, 1, `the winners of ${RACERS} swaps from one version`)
  const { racer, version } = winners[0]!
  equal(await stored('key'), { value: { racer }, version }, 'what is stored')
  for (const result of results)
    ensure(result.swapped || result.current, `a loser was told that nothing is stored: ${show(result)}`)
}

/** Many swaps at once. */
export const racing: readonly StoreCase[] = [
  {
    name: 'of 50 swaps from nothing one wins',
    run: scene => race(scene, [scene.store], undefined),
  },
  {
    name: 'of 50 swaps from one version one wins',
    run: scene => race(scene, [scene.store], { racer: 'none' }),
  },
  {
    name: 'of 50 swaps from nothing by two instances one wins',
    run: scene => race(scene, [scene.store, scene.second], undefined),
  },
  {
    name: 'of 50 swaps from one version by two instances one wins',
    run: scene => race(scene, [scene.store, scene.second], { racer: 'none' }),
  },
  {
    name: 'no addition is lost among 8 that add at once, by two instances',
    async run({ store, second, stored }) {
      const adding = [store, second, store, second, store, second, store, second]
      await Promise.all(adding.map(one => increments(one, 'key', 5)))
      equal((await stored('key')).value, adding.length * 5, 'the sum')
      equal((await stored('key', second)).value, adding.length * 5, 'the sum as the second reads it')
    },
  },
  {
    name: 'no addition is lost between this process and another',
    needs: ['elsewhere'],
    async run({ store, medium, stored }) {
      await Promise.all([increments(store, 'key', 50), medium.elsewhere?.('key', 50)])
      equal((await stored('key')).value, 100, 'the sum')
    },
  },
  {
    name: 'swaps of different keys do not hinder one another',
    async run({ store, second, stored }) {
      const keys = Array.from({ length: RACERS }, (_, n) => `key ${n}`)
      const swap = (key: string, n: number) =>
        (n % 2 ? store : second).compareAndSwap(key, undefined, { key })
      const results = await Promise.all(keys.map(swap))
      ensure(
        results.every(result => result.swapped),
        `some were refused: ${show(results)}`,
      )
      for (const key of keys) equal((await stored(key)).value, { key }, 'the value')
    },
  },
  {
    name: 'a read in the midst of writes finds a whole value, and never an older one than before',
    async run({ store, second, write, stored }) {
      const whole = (n: number) => ({ n, filler: String(n).repeat(5_000), again: n })
      let version = await write('key', undefined, whole(0))
      let last = 0
      let writing = true
      const reading = async () => {
        while (writing) {
          const { n } = (await stored('key', second)).value as { n: number }
          const { value } = await stored('key', second)
          const found = value as { n: number }
          equal(value, whole(found.n), 'what a read finds')
          ensure(n >= last && found.n >= n, `a read went back in time: ${last}, ${n}, ${found.n}`)
          last = found.n
          await turn()
        }
      }
      const writer = async () => {
        for (let n = 1; n <= 30; n++) version = await write('key', version, whole(n), store)
      }
      await Promise.all([writer().finally(() => (writing = false)), reading()])
    },
  },
]
