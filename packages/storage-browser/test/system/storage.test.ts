// Blocked, full, deleted, lost or slow storage.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { CHROMIUM_OPTIONS } from '../../../../tools/browsers.ts'
import { inChromium, openTab } from '../stage.ts'

/** Returns where `tab` keeps tokens, whether it does, and why not. */
const place = (tab: Page) =>
  tab.evaluate(async () => {
    const store = latchkey.store('tokens')
    const before = store.persistence
    const ready = await store.ready()
    const { swapped } = await store.compareAndSwap('key', (await store.read('key'))?.version, 'value')
    const found = await store.read('key')
    const hold = await store.locks?.acquire('key', { waitMs: 0 })
    return {
      before,
      ready,
      persistence: store.persistence,
      atomicity: store.atomicity,
      blockedBy: store.blockedBy && { ...store.blockedBy, message: store.blockedBy.message },
      works: swapped && found?.value === 'value' && hold !== undefined,
    }
  })

const inMemory = (why: string) => ({
  before: 'unknown',
  ready: 'none',
  persistence: 'none',
  atomicity: 'process',
  blockedBy: {
    name: 'StoreError',
    code: 'store_unavailable',
    isPermanent: false,
    message: `tokens are kept in memory only: ${why}`,
  },
  works: true,
})

const inIndexedDb = {
  before: 'unknown',
  ready: 'indexeddb',
  persistence: 'indexeddb',
  atomicity: 'origin',
  blockedBy: undefined,
  works: true,
}

/** Returns the message and the cause's name of the error of `work` in `tab`. */
const failure = (tab: Page, work: () => Promise<unknown>) =>
  tab.evaluate(async source => {
    const run = new Function(`return (${source})()`) as () => Promise<unknown>
    const error = await run().then(
      () => new Error('nothing failed'),
      (error: Error) => error,
    )
    return { name: error.name, message: error.message, cause: (error.cause as Error | undefined)?.name }
  }, String(work))

/** Starts Chromium with one profile on the disk, as often as `play` calls it, and removes the profile. */
async function withProfile(
  play: (inProfile: <T>(visit: (context: BrowserContext) => Promise<T>) => Promise<T>) => Promise<void>,
  preferences: object = {},
): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'latchkey-profile-'))
  await mkdir(join(profile, 'Default'))
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(preferences))
  try {
    await play(async visit => {
      const context = await chromium.launchPersistentContext(profile, CHROMIUM_OPTIONS)
      return visit(context).finally(() => context.close())
    })
  } finally {
    await rm(profile, { recursive: true })
  }
}

inChromium(stage => {
  test('with working storage, tokens are in IndexedDB', async () => {
    const [tab] = await stage.tabs(1)
    expect(await place(tab!)).toEqual(inIndexedDb)
  })

  const BLOCKED: Record<string, [why: string, block: (tab: Page) => Promise<void>]> = {
    'there is no IndexedDB': [
      'TypeError',
      tab => tab.evaluate(() => void Object.defineProperty(globalThis, 'indexedDB', { value: undefined })),
    ],
    'IndexedDB must not be touched': [
      'SecurityError',
      tab =>
        tab.evaluate(() => {
          Object.defineProperty(globalThis, 'indexedDB', {
            get() {
              throw new DOMException('denied', 'SecurityError')
            },
          })
        }),
    ],
    'no transaction may write': [
      'InvalidStateError',
      tab =>
        tab.evaluate(() => {
          const { transaction } = IDBDatabase.prototype
          IDBDatabase.prototype.transaction = function (names, mode, options) {
            if (mode === 'readwrite')
              throw new DOMException(
                'A mutation operation was attempted on a database that did not allow mutations.',
                'InvalidStateError',
              )
            return transaction.call(this, names, mode, options)
          }
        }),
    ],
  }
  for (const [what, [why, block]] of Object.entries(BLOCKED))
    test(`where ${what}, tokens are in memory, and \`persistence\` is none`, async () => {
      const [tab] = await stage.tabs(1)
      await block(tab!)
      expect(await place(tab!)).toEqual(inMemory(why))
    })

  test('where the user blocks all site data, tokens are in memory, and `persistence` is none', () =>
    withProfile(
      async inProfile => {
        const found = await inProfile(async context => place(await openTab(context, stage.site.origin)))
        expect(found.blockedBy!.message).toMatch(/: (UnknownError|SecurityError)$/)
        expect(found).toEqual(inMemory(found.blockedBy!.message.split(': ')[1]!))
      },
      { profile: { default_content_setting_values: { cookies: 2 } } },
    ))

  /** Makes the database fail until the page's clock has slept for `ms`. Resolves to the pauses, which take no time. */
  const failFor = (tab: Page, ms: number) =>
    tab.evaluate(durationMs => {
      let sleptMs = 0
      const clock = {
        nowMs: () => Date.now(),
        monotonicMs: () => performance.now(),
        sleep: async (pauseMs: number) => void (sleptMs += pauseMs),
      }
      const { open } = IDBFactory.prototype
      IDBFactory.prototype.open = function (...args) {
        if (sleptMs >= durationMs) return open.apply(this, args)
        throw new DOMException('Internal error opening backing store for indexedDB.open.', 'UnknownError')
      }
      latchkey.store('tokens', { clock })
    }, ms)

  test('a database that fails for the first 300 ms of a page does not look empty', async () => {
    const [tab, other] = await stage.tabs(2)
    expect(await place(other!)).toEqual(inIndexedDb)
    await failFor(tab!, 300)
    const found = await tab!.evaluate(async () => {
      const store = latchkey.store('tokens')
      const values = await Promise.all([store.read('key'), store.read('key')])
      return [...values.map(one => one?.value), store.persistence]
    })
    expect(found).toEqual(['value', 'value', 'indexeddb'])
  })

  test('a database that fails for longer than 2 s rejects, and the next call tries again', async () => {
    const [tab, other] = await stage.tabs(2)
    expect(await place(other!)).toEqual(inIndexedDb)
    await failFor(tab!, 3_000)
    expect(await failure(tab!, () => latchkey.store('tokens').read('key'))).toEqual({
      name: 'StoreError',
      message: "the token store 'tokens' could not be opened: UnknownError",
      cause: 'UnknownError',
    })
    const found = await tab!.evaluate(async () => {
      const before = latchkey.store('tokens').persistence
      return [
        before,
        (await latchkey.store('tokens').read('key'))?.value,
        latchkey.store('tokens').persistence,
      ]
    })
    expect(found).toEqual(['unknown', 'value', 'indexeddb'])
  })

  test('a new database without any room rejects, because an existing one may fail in the same way', async () => {
    const [tab] = await stage.tabs(1)
    await failFor(tab!, 0)
    const devtools = await stage.devtools(tab!)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: stage.site.origin, quotaSize: 1 })
    expect(await failure(tab!, () => latchkey.store('tokens').read('key'))).toEqual({
      name: 'StoreError',
      message: "the token store 'tokens' could not be opened: QuotaExceededError",
      cause: 'QuotaExceededError',
    })
  })

  const full = {
    name: 'StoreError',
    message: "the token store 'tokens' could not be written: QuotaExceededError",
    cause: 'QuotaExceededError',
  }
  const value = (tab: Page) => tab.evaluate(async () => (await latchkey.store('tokens').read('key'))?.value)

  test('a swap beyond the quota rejects and changes nothing, and smaller ones still work', async () => {
    const [tab] = await stage.tabs(1)
    const devtools = await stage.devtools(tab!)
    await devtools.send('Storage.overrideQuotaForOrigin', {
      origin: stage.site.origin,
      quotaSize: 500_000,
    })
    expect(await place(tab!)).toEqual(inIndexedDb)
    const swap = async () => {
      const store = latchkey.store('tokens')
      return store.compareAndSwap('key', (await store.read('key'))!.version, 'x'.repeat(1_000_000))
    }
    expect(await failure(tab!, swap)).toEqual(full)
    expect(await value(tab!)).toBe('value')
    await tab!.evaluate(() => latchkey.increments(latchkey.store('tokens'), 'other', 1))
  })

  test('a store that cannot be written to does not treat existing values as absent', () =>
    withProfile(async inProfile => {
      const { origin } = stage.site
      await inProfile(async context => {
        expect(await place(await openTab(context, origin))).toEqual(inIndexedDb)
      })
      const swap = async () => {
        const store = latchkey.store('tokens')
        return store.compareAndSwap('key', (await store.read('key'))!.version, 'another')
      }
      // Chromium notices a new quota only when it opens the database anew.
      await inProfile(async context => {
        const tab = await openTab(context, origin)
        const devtools = await context.newCDPSession(tab)
        await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 })
        expect(await tab.evaluate(() => latchkey.store('tokens').ready())).toBe('indexeddb')
        expect(await value(tab)).toBe('value')
        expect(await failure(tab, swap)).toEqual(full)
        expect(await value(tab)).toBe('value')
      })
      await inProfile(async context => {
        const tab = await openTab(context, origin)
        expect(await tab.evaluate(swap)).toMatchObject({ swapped: true })
        expect(await value(tab)).toBe('another')
      })
    }))

  const DELETIONS: Record<string, (by: Page) => Promise<unknown>> = {
    'another tab deletes the database': by =>
      by.evaluate(
        () =>
          new Promise((resolve, reject) => {
            const deletion = indexedDB.deleteDatabase('tokens')
            deletion.onsuccess = () => resolve(undefined)
            deletion.onerror = deletion.onblocked = () => reject(new Error('not deleted'))
          }),
      ),
    async 'the user clears the data of the site'(by) {
      const devtools = await stage.devtools(by)
      await devtools.send('Storage.clearDataForOrigin', { origin: stage.site.origin, storageTypes: 'all' })
    },
  }
  for (const [what, remove] of Object.entries(DELETIONS))
    test(`when ${what}, the store continues with an empty one`, async () => {
      const [tab, other] = await stage.tabs(2)
      await place(tab!)
      await remove(other!)
      const after = await tab!.evaluate(async () => {
        const store = latchkey.store('tokens')
        const found = await store.read('key')
        const result = await store.compareAndSwap('key', undefined, 'again')
        return [found, result.swapped, (await store.read('key'))?.value]
      })
      expect(after).toEqual([undefined, true, 'again'])
    })

  test('while another tab repeatedly deletes the database, each swap rejects or succeeds', async () => {
    const [tab, other] = await stage.tabs(2)
    await place(tab!)
    const swapping = tab!.evaluate(async () => {
      const store = latchkey.store('tokens')
      for (let n = 0; n < 100; n++) await store.compareAndSwap(`key ${n}`, undefined, n)
      return (await store.read('key 99'))?.value
    })
    for (let n = 0; n < 10; n++) await DELETIONS['another tab deletes the database']!(other!)
    expect([99, undefined]).toContain(await swapping)
  })

  test('a lost connection is opened again, whether it closes at once or fails a request', async () => {
    const [tab] = await stage.tabs(1)
    await place(tab!)
    const after = await tab!.evaluate(async () => {
      const store = latchkey.store('tokens')
      const { open } = IDBFactory.prototype
      let opened = 0
      IDBFactory.prototype.open = function (...args) {
        opened += 1
        return open.apply(this, args)
      }
      const found: unknown[] = []

      const { transaction } = IDBDatabase.prototype
      IDBDatabase.prototype.transaction = () => {
        IDBDatabase.prototype.transaction = transaction
        throw new DOMException('The database connection is closing.', 'InvalidStateError')
      }
      found.push((await store.read('key'))?.value, opened)

      const { get } = IDBObjectStore.prototype
      IDBObjectStore.prototype.get = function (key) {
        IDBObjectStore.prototype.get = get
        const request = get.call(this, key)
        this.transaction.abort()
        return request
      }
      const { version } = (await store.read('key'))!
      found.push(opened, (await store.compareAndSwap('key', version, 'another')).swapped)
      return found
    })
    expect(after).toEqual(['value', 1, 2, true])
  })

  test('a swap that was committed before its connection was lost is reported as done, and done once', async () => {
    const [tab] = await stage.tabs(1)
    await place(tab!)
    const after = await tab!.evaluate(async () => {
      const store = latchkey.store('tokens')
      const { version } = (await store.read('key'))!
      const { set } = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, 'oncomplete')!
      let lost = 0
      Object.defineProperty(IDBTransaction.prototype, 'oncomplete', {
        configurable: true,
        set(this: IDBTransaction, listener) {
          const tell = () => (lost++ ? listener() : this.onabort!(new Event('abort')))
          set!.call(this, tell)
        },
      })
      const result = await store.compareAndSwap('key', version, 'once')
      const found = (await store.read('key'))!
      return { lost, told: result.swapped && result.version === found.version, value: found.value }
    })
    expect(after).toEqual({ lost: 3, told: true, value: 'once' })
  })

  test('a connection that stays lost rejects, and the next call tries again', async () => {
    const [tab] = await stage.tabs(1)
    await place(tab!)
    await tab!.evaluate(async () => {
      const { open } = IDBFactory.prototype
      latchkey.kept['open'] = open
      IDBFactory.prototype.open = () => {
        throw new DOMException('Connection to Indexed Database server lost.', 'UnknownError')
      }
      await latchkey.store('tokens').close()
    })
    expect(await failure(tab!, () => latchkey.store('tokens').read('key'))).toEqual({
      name: 'StoreError',
      message: "the token store 'tokens' could not be read: UnknownError",
      cause: 'UnknownError',
    })
    const found = await tab!.evaluate(async () => {
      IDBFactory.prototype.open = latchkey.kept['open'] as typeof IDBFactory.prototype.open
      return [(await latchkey.store('tokens').read('key'))?.value, latchkey.store('tokens').persistence]
    })
    expect(found).toEqual(['value', 'indexeddb'])
  })

  test('a database that never opens rejects after 10 s, does not count as blocked, and is tried again', async () => {
    const [tab, other] = await stage.tabs(2)
    await place(other!)
    await tab!.clock.install()
    await tab!.evaluate(() => {
      const { open } = IDBFactory.prototype
      latchkey.kept['open'] = open
      IDBFactory.prototype.open = () => {
        latchkey.kept['asked'] = true
        return {} as IDBOpenDBRequest
      }
    })
    const failed = failure(tab!, () => latchkey.store('tokens').read('key'))
    await tab!.waitForFunction(() => latchkey.kept['asked'])
    await tab!.clock.runFor(10_000)
    expect(await failed).toEqual({
      name: 'StoreError',
      message: "the token store 'tokens' could not be opened: TimeoutError",
      cause: 'TimeoutError',
    })
    const found = await tab!.evaluate(async () => {
      const before = latchkey.store('tokens').persistence
      IDBFactory.prototype.open = latchkey.kept['open'] as typeof IDBFactory.prototype.open
      return [before, (await latchkey.store('tokens').read('key'))?.value]
    })
    expect(found).toEqual(['unknown', 'value'])
  })

  test('every transaction that writes requests strict durability, and gets it', async () => {
    const [tab] = await stage.tabs(1)
    const durabilities = await tab!.evaluate(async () => {
      const found: string[] = []
      const { transaction } = IDBDatabase.prototype
      IDBDatabase.prototype.transaction = function (...args) {
        const made = transaction.apply(this, args)
        if (made.mode === 'readwrite') found.push(made.durability)
        return made
      }
      const store = latchkey.store('tokens')
      await store.compareAndSwap('key', undefined, 1)
      await store.remove('key')
      return found
    })
    expect(durabilities).toEqual(['strict', 'strict', 'strict'])
  })

  test('opening the store removes expired values, and nothing else', async () => {
    const [tab] = await stage.tabs(1)
    await tab!.evaluate(async () => {
      const store = latchkey.store('tokens')
      const soon = Date.now() + 3_600_000
      await store.compareAndSwap('expired', undefined, 1, { expiresAtMs: Date.now() - 1 })
      await store.compareAndSwap('soon', undefined, 2, { expiresAtMs: soon })
      await store.compareAndSwap('never', undefined, 3)
    })
    await tab!.reload()
    const left = await tab!.evaluate(async () => {
      await latchkey.store('tokens').ready()
      const database = await new Promise<IDBDatabase>(resolve => {
        const opening = indexedDB.open('tokens')
        opening.onsuccess = () => resolve(opening.result)
      })
      return new Promise(resolve => {
        const keys = database.transaction('tokens').objectStore('tokens').getAllKeys()
        keys.onsuccess = () => resolve(keys.result)
      })
    })
    expect(left).toEqual(['never', 'soon'])
  })
})
