import { ensure, equal } from '../assert.ts'
import type { Scene, StoreCase } from './scene.ts'

/** Long enough to be read once, short enough to be waited for where time really passes. */
const LIFETIME_MS = 300

/** How much later a medium may notice, whose clock has its own milliseconds. */
const SLACK_MS = 20

/** Writes a value that expires; returns when. */
async function writeExpiring({ store, nowMs }: Scene, key: string, value: string): Promise<number> {
  const expiresAtMs = nowMs() + LIFETIME_MS
  const result = await store.compareAndSwap(key, undefined, value, { expiresAtMs })
  ensure(result.swapped, 'the swap was refused')
  return expiresAtMs
}

/** `expiresAtMs` makes a value disappear by itself. */
export const expiring: readonly StoreCase[] = [
  {
    name: 'a value is there until it expires, and then it is not, for every instance',
    async run(scene) {
      const { store, second, nowMs, pass } = scene
      const expiresAtMs = await writeExpiring(scene, 'key', 'v')
      for (;;) {
        const before = nowMs()
        const found = [await store.read('key'), await second.read('key')]
        const after = nowMs()
        if (after < expiresAtMs)
          for (const one of found) equal(one?.value, 'v', 'a value that has not expired')
        if (before > expiresAtMs + SLACK_MS)
          return equal(found, [undefined, undefined], 'a value that has expired')
        await pass(LIFETIME_MS / 10)
      }
    },
  },
  {
    name: 'where a value has expired a swap from nothing writes, and one from its version does not',
    async run(scene) {
      const { store, nowMs, pass, write, stored } = scene
      const expiresAtMs = nowMs() + LIFETIME_MS
      const first = await store.compareAndSwap('key', undefined, 'v', { expiresAtMs })
      await pass(LIFETIME_MS + SLACK_MS)
      const version = first.swapped ? first.version : undefined
      const result = await store.compareAndSwap('key', version, 'w')
      equal(result.swapped, false, 'a swap from the expired version')
      equal('current' in result && result.current, undefined, 'current')
      await write('key', undefined, 'x')
      equal((await stored('key')).value, 'x', 'the value')
    },
  },
  {
    name: 'a value whose expiry has passed when it is written is absent',
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
    name: 'a later value without an expiry stays, and one with another expires by that',
    async run(scene) {
      const { store, nowMs, pass, stored } = scene
      const expiresAtMs = nowMs() + LIFETIME_MS
      for (const key of ['for good', 'for long'])
        await store.compareAndSwap(key, undefined, 'v', { expiresAtMs })
      const swap = async (key: string, options?: { expiresAtMs: number }) => {
        // Where time is real the value may expire between the two calls, which is not the store's fault.
        for (let tries = 0; tries < 3; tries++) {
          const version = (await store.read(key))?.version
          if ((await store.compareAndSwap(key, version, 'w', options)).swapped) return
        }
        throw new Error('the swap was refused')
      }
      await swap('for good')
      await swap('for long', { expiresAtMs: nowMs() + 3_600_000 })
      await pass(LIFETIME_MS + SLACK_MS)
      equal((await stored('for good')).value, 'w', 'the value without an expiry')
      equal((await stored('for long')).value, 'w', 'the value with a later expiry')
    },
  },
  {
    name: 'an expiry years ahead does not overflow anything',
    async run({ store, nowMs, pass, stored }) {
      const years = 50 * 365 * 86_400_000
      const result = await store.compareAndSwap('key', undefined, 'v', { expiresAtMs: nowMs() + years })
      equal(result.swapped, true, 'swapped')
      await pass(10)
      equal((await stored('key')).value, 'v', 'the value')
    },
  },
]

/** What has expired is not listed. */
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
