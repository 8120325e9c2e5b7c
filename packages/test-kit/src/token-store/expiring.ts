import { assert, equal } from '../assert.ts'
import type { CaseContext, StoreCase } from './store-case.ts'

/** Long enough for one read, short enough to wait for in real time. */
const LIFETIME_MS = 300

/** How much later a medium may expire a value, since its clock may differ by milliseconds. */
const CLOCK_TOLERANCE_MS = 20

/** Writes a value that expires. Returns its expiry, Unix time in ms. */
async function writeExpiring({ store, nowMs }: CaseContext, key: string, value: string): Promise<number> {
  const expiresAtMs = nowMs() + LIFETIME_MS
  const result = await store.compareAndSwap(key, undefined, value, { expiresAtMs })
  assert(result.swapped, 'the swap failed')
  return expiresAtMs
}

/** Cases for `expiresAtMs`. */
export const expiring: readonly StoreCase[] = [
  {
    name: 'every instance reads a value until it expires, and undefined afterwards',
    async run(context) {
      const { store, second, nowMs, advance } = context
      const expiresAtMs = await writeExpiring(context, 'key', 'v')
      for (;;) {
        const before = nowMs()
        const found = [await store.read('key'), await second.read('key')]
        const after = nowMs()
        if (after < expiresAtMs)
          for (const one of found) equal(one?.value, 'v', 'a value that has not expired')
        if (before > expiresAtMs + CLOCK_TOLERANCE_MS)
          return equal(found, [undefined, undefined], 'a value that has expired')
        await advance(LIFETIME_MS / 10)
      }
    },
  },
  {
    name: 'after a value expired, a swap from undefined succeeds and a swap from its version fails',
    async run(context) {
      const { store, nowMs, advance, write, load } = context
      const expiresAtMs = nowMs() + LIFETIME_MS
      const first = await store.compareAndSwap('key', undefined, 'v', { expiresAtMs })
      await advance(LIFETIME_MS + CLOCK_TOLERANCE_MS)
      const version = first.swapped ? first.version : undefined
      const result = await store.compareAndSwap('key', version, 'w')
      equal(result.swapped, false, 'a swap from the expired version')
      equal('current' in result && result.current, undefined, 'current')
      await write('key', undefined, 'x')
      equal((await load('key')).value, 'x', 'the value')
    },
  },
  {
    name: 'a value written with an expiry in the past is absent',
    async run({ store, nowMs, write }) {
      const version = await write('key', undefined, 'v')
      for (const expiresAtMs of [nowMs() - 1_000, 0]) {
        const from = (await store.read('key')) ? version : undefined
        const result = await store.compareAndSwap('key', from, 'w', { expiresAtMs })
        equal(result.swapped, true, 'swapped')
        equal(await store.read('key'), undefined, 'a read')
      }
      await write('key', undefined, 'x')
    },
  },
  {
    name: 'a later write replaces the expiry, or removes it',
    async run(context) {
      const { store, nowMs, advance, load } = context
      const expiresAtMs = nowMs() + LIFETIME_MS
      for (const key of ['permanent', 'extended'])
        await store.compareAndSwap(key, undefined, 'v', { expiresAtMs })
      const swap = async (key: string, options?: { expiresAtMs: number }) => {
        // In real time the value may expire between the two calls, so try again.
        for (let tries = 0; tries < 3; tries++) {
          const version = (await store.read(key))?.version
          if ((await store.compareAndSwap(key, version, 'w', options)).swapped) return
        }
        throw new Error('the swap failed')
      }
      await swap('permanent')
      await swap('extended', { expiresAtMs: nowMs() + 3_600_000 })
      await advance(LIFETIME_MS + CLOCK_TOLERANCE_MS)
      equal((await load('permanent')).value, 'w', 'the value without an expiry')
      equal((await load('extended')).value, 'w', 'the value with a later expiry')
    },
  },
  {
    name: 'an expiry 50 years ahead does not overflow',
    async run({ store, nowMs, advance, load }) {
      const years = 50 * 365 * 86_400_000
      const result = await store.compareAndSwap('key', undefined, 'v', { expiresAtMs: nowMs() + years })
      equal(result.swapped, true, 'swapped')
      await advance(10)
      equal((await load('key')).value, 'v', 'the value')
    },
  },
]

/** Cases for expired values in `keys`. */
export const expiringKeys: readonly StoreCase<'keys'>[] = [
  {
    name: 'an expired value is not listed',
    async run({ store, nowMs, write }) {
      await write('stays', undefined, 1)
      await store.compareAndSwap('expired', undefined, 2, { expiresAtMs: nowMs() - 1_000 })
      const found: string[] = []
      for await (const key of store.keys()) found.push(key)
      equal(found, ['stays'], 'the keys')
    },
  },
]
