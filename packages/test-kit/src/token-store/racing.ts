import type { TokenStore } from '@latchkey/core'
import type { Json, Stored } from '@latchkey/core/ports'
import { assert, equal, format } from '../assert.ts'
import { yieldToEventLoop } from '../platform.ts'
import type { CaseContext, StoreCase } from './store-case.ts'

const RACERS = 50

/**
 * Adds 1 to the number under `key`, `times` times. It retries each swap until it succeeds, so no increment of a
 * concurrent caller is lost. Adapters run it in other processes; see `Medium.incrementInOtherProcess`.
 *
 * @throws {Error} when a swap failed 1,000 times in a row.
 */
export async function increment(store: TokenStore, key: string, times: number): Promise<void> {
  let current: Stored | undefined = await store.read(key)
  for (let done = 0, failures = 0; done < times;) {
    const value = Number(current?.value ?? 0) + 1
    const result = await store.compareAndSwap(key, current?.version, value)
    current = result.swapped ? { value, version: result.version } : result.current
    failures = result.swapped ? 0 : failures + 1
    assert(failures < 1_000, `a swap failed ${failures} times in a row: ${format(result)}`)
    if (result.swapped) done += 1
    else await yieldToEventLoop()
  }
}

/** Runs `RACERS` concurrent swaps from one version, distributed over `stores`. Exactly one may succeed. */
async function race({ store, load }: CaseContext, stores: readonly TokenStore[], from: Json | undefined) {
  const initial = from === undefined ? undefined : await store.compareAndSwap('key', undefined, from)
  const expected = initial?.swapped ? initial.version : undefined
  const results = await Promise.all(
    Array.from({ length: RACERS }, (_, n) =>
      stores[n % stores.length]!.compareAndSwap('key', expected, { racer: n }),
    ),
  )
  const winners = results.flatMap((result, racer) => (result.swapped ? [{ racer, ...result }] : []))
  equal(winners.length, 1, `the winners of ${RACERS} swaps from one version`)
  const { racer, version } = winners[0]!
  equal(await load('key'), { value: { racer }, version }, 'what is stored')
  for (const result of results)
    assert(result.swapped || result.current, `a failed swap returned no current value: ${format(result)}`)
}

/** Cases for concurrent swaps. */
export const racing: readonly StoreCase[] = [
  {
    name: 'one of 50 concurrent swaps from undefined succeeds',
    run: context => race(context, [context.store], undefined),
  },
  {
    name: 'one of 50 concurrent swaps from one version succeeds',
    run: context => race(context, [context.store], { racer: 'none' }),
  },
  {
    name: 'one of 50 concurrent swaps from undefined by two instances succeeds',
    run: context => race(context, [context.store, context.second], undefined),
  },
  {
    name: 'one of 50 concurrent swaps from one version by two instances succeeds',
    run: context => race(context, [context.store, context.second], { racer: 'none' }),
  },
  {
    name: 'no increment is lost among 8 concurrent callers of two instances',
    async run({ store, second, load }) {
      const adding = [store, second, store, second, store, second, store, second]
      await Promise.all(adding.map(one => increment(one, 'key', 5)))
      equal((await load('key')).value, adding.length * 5, 'the sum')
      equal((await load('key', second)).value, adding.length * 5, 'the sum as the second reads it')
    },
  },
  {
    name: 'no increment is lost between this process and another',
    needs: ['incrementInOtherProcess'],
    async run({ store, medium, load }) {
      await Promise.all([increment(store, 'key', 50), medium.incrementInOtherProcess?.('key', 50)])
      equal((await load('key')).value, 100, 'the sum')
    },
  },
  {
    name: 'swaps of different keys do not conflict',
    async run({ store, second, load }) {
      const keys = Array.from({ length: RACERS }, (_, n) => `key ${n}`)
      const swap = (key: string, n: number) =>
        (n % 2 ? store : second).compareAndSwap(key, undefined, { key })
      const results = await Promise.all(keys.map(swap))
      assert(
        results.every(result => result.swapped),
        `some swaps failed: ${format(results)}`,
      )
      for (const key of keys) equal((await load(key)).value, { key }, 'the value')
    },
  },
  {
    name: 'a read during writes returns a complete value, never an older one than the last read',
    async run({ store, second, write, load }) {
      const valueOf = (n: number) => ({ n, filler: String(n).repeat(5_000), last: n })
      let version = await write('key', undefined, valueOf(0))
      let last = 0
      let writing = true
      const reading = async () => {
        while (writing) {
          const { n } = (await load('key', second)).value as { n: number }
          const { value } = await load('key', second)
          const found = value as { n: number }
          equal(value, valueOf(found.n), 'the value of a read')
          assert(n >= last && found.n >= n, `a read returned an older value: ${last}, ${n}, ${found.n}`)
          last = found.n
          await yieldToEventLoop()
        }
      }
      const writer = async () => {
        for (let n = 1; n <= 30; n++) version = await write('key', version, valueOf(n), store)
      }
      await Promise.all([writer().finally(() => (writing = false)), reading()])
    },
  },
]
