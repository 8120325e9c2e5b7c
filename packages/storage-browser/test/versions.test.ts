// Other code with the same database: older, newer, another copy of this package, and foreign code.
import { expect, test } from '@jest/globals'
import type { Tab } from '../../../tools/running-browser.ts'
import { inBrowsers } from './stage.ts'

/** Writes `record` under `key` into the database like another version would; returns the old value. */
const put = (tab: Tab, key: string, record: unknown): Promise<unknown> =>
  tab.evaluate(
    async ({ key, record }) => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open('tokens')
        opening.onsuccess = () => resolve(opening.result)
        opening.onerror = reject
      })
      const store = database.transaction('tokens', 'readwrite').objectStore('tokens')
      const get = store.get(key)
      store.put(record, key)
      await new Promise(resolve => (store.transaction.oncomplete = resolve))
      database.close()
      return get.result
    },
    { key, record },
  )

/** Creates a database with `stores` and `version`, like other code would. */
const makeDatabase = (tab: Tab, stores: readonly string[], version: number): Promise<void> =>
  tab.evaluate(
    async ({ stores, version }) => {
      const opening = indexedDB.open('tokens', version)
      opening.onupgradeneeded = () => {
        for (const store of stores)
          if (!opening.result.objectStoreNames.contains(store)) opening.result.createObjectStore(store)
      }
      await new Promise((resolve, reject) => {
        opening.onsuccess = resolve
        opening.onerror = opening.onblocked = reject
      })
      opening.result.close()
    },
    { stores, version },
  )

const increments = (tab: Tab, times: number): Promise<void> =>
  tab.evaluate(times => latchkey.increments(latchkey.store('tokens'), 'key', times), times)

const stored = (tab: Tab): Promise<unknown> =>
  tab.evaluate(async () => (await latchkey.store('tokens').read('key'))?.value)

inBrowsers(stage => {
  test('a record contains its version, the value as text, and nothing else', async () => {
    const [tab] = await stage.tabs(1)
    const version = await tab!.evaluate(async () => {
      const store = latchkey.store('tokens')
      await store.ready()
      const result = await store.compareAndSwap('key', undefined, { a: [1] })
      return result.swapped && result.version
    })
    expect(version).toMatch(/^[0-9a-f]{32}$/)
    expect(await put(tab!, 'key', undefined)).toEqual({ v: 1, version, text: '{"a":[1]}' })
  })

  test('members that newer code added are ignored', async () => {
    const [tab] = await stage.tabs(1)
    await tab!.evaluate(() => latchkey.store('tokens').ready())
    await put(tab!, 'key', {
      v: 1,
      version: 'x',
      text: '41',
      expiresAtMs: Number.MAX_SAFE_INTEGER,
      sealed: { by: 'newer' },
    })
    await increments(tab!, 1)
    expect(await stored(tab!)).toBe(42)
  })

  const REFUSED: [what: string, record: unknown, why: string][] = [
    [
      'of a later version',
      { v: 2, sealed: 'x' },
      'StoreNewerError store_newer: the record has format 2, which needs a newer @latchkey/storage-browser',
    ],
    [
      'that is not ours',
      'a string',
      'StoreCorruptError store_corrupt: @latchkey/storage-browser did not write the record',
    ],
    [
      'that lost a member',
      { v: 1, version: 'x' },
      'StoreCorruptError store_corrupt: @latchkey/storage-browser did not write the record',
    ],
  ]
  for (const [what, record, why] of REFUSED)
    test(`a record ${what} is rejected, not overwritten and not removed; it is listed`, async () => {
      const [tab] = await stage.tabs(1)
      await tab!.evaluate(() => latchkey.store('tokens').ready())
      await put(tab!, 'key', record)
      const outcome = await tab!.evaluate(async () => {
        const store = latchkey.store('tokens')
        const message = (error: Error & { code?: string }) => `${error.name} ${error.code}: ${error.message}`
        const keys: string[] = []
        for await (const key of store.keys()) keys.push(key)
        return [
          await store.read('key').catch(message),
          await store.compareAndSwap('key', undefined, 1).catch(message),
          await store.compareAndSwap('key', 'x', 1).catch(message),
          await store.remove('key').catch(message),
          keys,
        ]
      })
      expect(outcome).toEqual([why, why, why, why, ['key']])
      expect(await put(tab!, 'key', undefined)).toEqual(record)
    })

  test('a database that newer code has upgraded can be used', async () => {
    const [tab] = await stage.tabs(1)
    await makeDatabase(tab!, ['tokens', 'more'], 7)
    await increments(tab!, 2)
    expect(await stored(tab!)).toBe(2)
  })

  test('a database that is upgraded during use still works for tabs that write', async () => {
    const [tab, other] = await stage.tabs(2)
    await increments(tab!, 1)
    await increments(other!, 1)
    const swapping = [increments(tab!, 50), increments(other!, 50)]
    await makeDatabase(other!, ['tokens', 'more'], 2)
    await makeDatabase(other!, ['even more'], 3)
    await Promise.all(swapping)
    expect(await stored(tab!)).toBe(102)
  })

  test('a database without our object store gets one, from two tabs at once', async () => {
    const [tab, other] = await stage.tabs(2)
    await makeDatabase(tab!, ['theirs'], 4)
    await Promise.all([increments(tab!, 20), increments(other!, 20)])
    expect(await stored(tab!)).toBe(40)
  })

  test('two copies of this package in one page share locks and notifications', async () => {
    const [tab] = await stage.tabs(1)
    const found = await tab!.evaluate(async () => {
      const ours = latchkey.store('tokens')
      const script = document.createElement('script')
      script.src = '/main.js'
      const loaded = new Promise(resolve => (script.onload = resolve))
      document.head.append(script)
      await loaded
      const theirs = latchkey.store('tokens')
      await Promise.all([ours.ready(), theirs.ready()])

      const told = new Promise<void>(resolve => void ours.watch('told', resolve))
      const hold = await ours.locks!.acquire('key', { waitMs: 0 })
      const second = await theirs.locks!.acquire('key', { waitMs: 0 })
      await hold!.release()
      await Promise.all([ours, theirs].map(store => latchkey.increments(store, 'key', 20)))
      await theirs.compareAndSwap('told', undefined, 1)
      await told
      return {
        copies: ours.constructor !== theirs.constructor,
        excluded: second === undefined,
        sameScope: ours.locks!.scope === theirs.locks!.scope,
        value: (await ours.read('key'))?.value,
      }
    })
    expect(found).toEqual({ copies: true, excluded: true, sameScope: true, value: 40 })
  })
})
