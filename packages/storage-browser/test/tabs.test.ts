// Several tabs, some of which are closed, crash, are frozen or enter the back/forward cache.
import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import type { LockHold } from '@latchkey/core/ports'
import { CHROMIUM } from '../../../tools/chromium.ts'
import type { Tab } from '../../../tools/running-browser.ts'
import { inBrowsers, NO_DEVTOOLS, startWorker } from './stage.ts'

/** Acquires the lock of `key` in `tab`, and keeps it. */
const take = (tab: Tab, key = 'key'): Promise<boolean> =>
  tab.evaluate(async key => {
    const hold = await latchkey.store('tokens').locks!.acquire(key, { waitMs: 0 })
    latchkey.kept['hold'] = hold
    return hold !== undefined
  }, key)

/** Releases the lock that `take` acquired in `tab`. */
const release = (tab: Tab): Promise<void> => tab.evaluate(() => (latchkey.kept['hold'] as LockHold).release())

/** Waits for the lock of `key` in `tab`, and keeps it; resolves to whether it was acquired within `waitMs`. */
const wait = (tab: Tab, waitMs = 20_000, key = 'key'): Promise<boolean> =>
  tab.evaluate(
    async ({ key, waitMs }) => {
      const hold = await latchkey.store('tokens').locks!.acquire(key, { waitMs })
      latchkey.kept['hold'] = hold
      return hold !== undefined
    },
    { key, waitMs },
  )

/** Resolves as soon as a tab waits for a lock of the site. */
async function untilWaiting(tab: Tab): Promise<void> {
  await tab.waitForFunction(async () => (await navigator.locks.query()).pending!.length > 0)
}

const increments = (tab: Tab, times: number, key = 'key'): Promise<void> =>
  tab.evaluate(({ key, times }) => latchkey.increments(latchkey.store('tokens'), key, times), { key, times })

const stored = (tab: Tab, key = 'key'): Promise<unknown> =>
  tab.evaluate(async key => (await latchkey.store('tokens').read(key))?.value, key)

/** Counts later hints for `key` in `tab`, in `kept.hints`. */
const listen = (tab: Tab, key = 'key'): Promise<void> =>
  tab.evaluate(async key => {
    const store = latchkey.store('tokens')
    await store.ready()
    latchkey.kept['hints'] = 0
    store.watch(key, () => (latchkey.kept['hints'] = (latchkey.kept['hints'] as number) + 1))
  }, key)

const hints = (tab: Tab): Promise<unknown> => tab.evaluate(() => latchkey.kept['hints'])

inBrowsers(stage => {
  test('simultaneous swaps of four tabs lose nothing', async () => {
    const tabs = await stage.tabs(4)
    await Promise.all(tabs.map(tab => increments(tab, 50)))
    expect(await stored(tabs[0]!)).toBe(200)
  })

  test('without Web Locks nothing is lost either: a swap is one transaction', async () => {
    const tabs = await stage.tabs(4)
    await Promise.all(tabs.map(tab => tab.goto(stage.site.insecureOrigin)))
    expect(
      await tabs[0]!.evaluate(() => {
        const { locks, atomicity } = latchkey.store('tokens')
        return { secure: isSecureContext, locks: locks !== undefined, atomicity }
      }),
    ).toEqual({ secure: false, locks: false, atomicity: 'origin' })
    await Promise.all(tabs.map(tab => increments(tab, 50)))
    expect(await stored(tabs[0]!)).toBe(200)
  })

  test('swaps of eight tabs under the lock of one key do not deadlock', async () => {
    const tabs = await stage.tabs(8)
    const rounds = (tab: Tab) =>
      tab.evaluate(async () => {
        const store = latchkey.store('tokens')
        for (let round = 0; round < 5; round++) {
          const hold = await store.locks!.acquire('key', { waitMs: 20_000 })
          if (!hold) throw new Error('the lock was not had')
          // The holder of the lock is alone, so one swap is enough.
          const current = await store.read('key')
          const value = Number(current?.value ?? 0) + 1
          const { swapped } = await store.compareAndSwap('key', current?.version, value)
          if (!swapped) throw new Error('somebody else swapped')
          await hold.release()
        }
      })
    await Promise.all(tabs.map(rounds))
    expect(await stored(tabs[0]!)).toBe(40)
  })

  test('a lock is exclusive while its holder lives, and does not affect other keys', async () => {
    const [holder, other] = await stage.tabs(2)
    expect(await take(holder!)).toBe(true)
    expect(await take(other!)).toBe(false)
    expect(await wait(other!, 50)).toBe(false)
    expect(await take(other!, 'other')).toBe(true)
    await release(holder!)
    expect(await wait(other!)).toBe(true)
  })

  test('stores of another name have separate locks, values and hints', async () => {
    const [one, other] = await stage.tabs(2)
    await take(one!)
    await listen(one!)
    const found = await other!.evaluate(async () => {
      const store = latchkey.store('others')
      const hold = await store.locks!.acquire('key', { waitMs: 0 })
      await latchkey.increments(store, 'key', 1)
      return { held: hold !== undefined, scope: store.locks!.scope }
    })
    expect(found).toEqual({ held: true, scope: `${stage.site.origin} others` })
    expect(await stored(one!)).toBeUndefined()
    expect(await hints(one!)).toBe(0)
  })

  const ENDS: Record<string, (tab: Tab) => Promise<unknown>> = {
    'is closed': tab => tab.close(),
    'is reloaded': tab => tab.reload(),
    'goes into the back/forward cache': tab => tab.goto(stage.site.insecureOrigin),
    async crashes(tab) {
      const crashed = (tab as Page).waitForEvent('crash')
      const devtools = await stage.devtools(tab)
      // The answer to this command is the crash.
      devtools.send('Page.crash').catch(() => {})
      await crashed
    },
  }
  for (const [what, end] of Object.entries(ENDS)) {
    const title = `the lock of a tab that ${what} goes to a waiting tab`
    const run = async () => {
      const [holder, other] = await stage.tabs(2)
      await take(holder!)
      const waiting = wait(other!)
      await untilWaiting(other!)
      await end(holder!)
      expect(await waiting).toBe(true)
      await increments(other!, 1)
    }
    if (what === 'crashes') stage.testInChromium(NO_DEVTOOLS, title, run)
    else test(title, run)
  }

  test('the lock of a worker that is terminated goes to a waiting tab', async () => {
    const [tab] = await stage.tabs(1)
    const worker = await startWorker(tab!)
    expect(
      await worker.evaluate(async () => {
        const hold = await latchkey.store('tokens').locks!.acquire('key', { waitMs: 0 })
        return hold !== undefined
      }),
    ).toBe(true)
    const waiting = wait(tab!)
    await untilWaiting(tab!)
    await tab!.evaluate(() => (latchkey.kept['inner'] as Worker).terminate())
    expect(await waiting).toBe(true)
  })

  stage.testInChromium(
    NO_DEVTOOLS,
    'a frozen tab keeps its lock, blocks no swap and no deletion of the database, and reads again when it resumes',
    async () => {
      const [frozen, other] = await stage.tabs(2)
      await increments(frozen!, 1)
      await listen(frozen!)
      await take(frozen!)
      const devtools = await stage.devtools(frozen!)
      await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
      expect(await wait(other!, 200)).toBe(false)
      await increments(other!, 3)
      expect(await stored(other!)).toBe(4)
      await other!.evaluate(async () => {
        await latchkey.store('tokens').close()
        await new Promise((resolve, reject) => {
          const deletion = indexedDB.deleteDatabase('tokens')
          deletion.onsuccess = resolve
          deletion.onerror = deletion.onblocked = reject
        })
      })
      const waiting = wait(other!)
      await untilWaiting(other!)
      await devtools.send('Page.setWebLifecycleState', { state: 'active' })
      await frozen!.waitForFunction(() => (latchkey.kept['hints'] as number) > 0)
      expect(await stored(frozen!)).toBeUndefined()
      await release(frozen!)
      expect(await waiting).toBe(true)
    },
  )

  stage.testInChromium(
    NO_DEVTOOLS,
    'a tab that is frozen during its swaps blocks no other tab, and loses nothing',
    async () => {
      const [frozen, other] = await stage.tabs(2)
      const devtools = await stage.devtools(frozen!)
      await frozen!.evaluate(() => {
        latchkey.kept['swaps'] = latchkey.increments(latchkey.store('tokens'), 'key', 200)
      })
      for (let round = 0; round < 5; round++) {
        await increments(other!, 1)
        await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
        await increments(other!, 9)
        await devtools.send('Page.setWebLifecycleState', { state: 'active' })
      }
      await frozen!.evaluate(() => latchkey.kept['swaps'])
      expect(await stored(other!)).toBe(250)
    },
  )

  stage.testInChromium(
    NO_DEVTOOLS,
    'a tab that crashes during its swaps leaves an intact value, and no partial swap',
    async () => {
      const [crashing, other] = await stage.tabs(2)
      const seen = other!.evaluate(async () => {
        const store = latchkey.store('tokens')
        await store.ready()
        return new Promise<void>(resolve => store.watch('key', resolve))
      })
      await crashing!.evaluate(() => void latchkey.increments(latchkey.store('tokens'), 'key', 100_000))
      await seen
      await ENDS['crashes']!(crashing!)
      const before = (await stored(other!)) as number
      expect(before).toBeGreaterThan(0)
      await increments(other!, 10)
      expect(await stored(other!)).toBe(before + 10)
    },
  )

  test('hints of a swap and of a removal reach another tab and a worker; other messages do nothing', async () => {
    const [tab, other] = await stage.tabs(2)
    const worker = await startWorker(tab!)
    await other!.evaluate(async () => {
      const store = latchkey.store('tokens')
      await store.ready()
      const heard = (latchkey.kept['heard'] = [] as string[])
      store.watch('removed', () => heard.push('removed'))
      store.watch('swapped', () => heard.push('swapped'))
      const channel = new BroadcastChannel('latchkey:1:hints:tokens')
      for (const message of [null, 'swapped', { kay: 'swapped' }, { key: { length: 7 } }])
        channel.postMessage(message)
      channel.postMessage({ key: 'removed', member: 'of newer code' })
      channel.close()
    })
    await other!.waitForFunction(() => (latchkey.kept['heard'] as string[]).includes('removed'))
    await worker.evaluate(() => latchkey.store('tokens').compareAndSwap('swapped', undefined, 1))
    await other!.waitForFunction(() => (latchkey.kept['heard'] as string[]).length === 2)
    await tab!.evaluate(() => latchkey.store('tokens').remove('removed'))
    await other!.waitForFunction(() => (latchkey.kept['heard'] as string[]).length === 3)
    expect(await other!.evaluate(() => latchkey.kept['heard'])).toEqual(['removed', 'swapped', 'removed'])
  })
})

// The headless shell has no back/forward cache.
inBrowsers(
  stage => {
    stage.testInChromium(
      'WebDriver does not tell whether a page was cached',
      'a page restored from the back/forward cache reads again, and finds what others wrote',
      async () => {
        const [tab, other] = await stage.tabs(2)
        // A hint would make Chromium drop the page from its cache: the other tab can send none.
        await other!.evaluate(() =>
          Object.defineProperty(globalThis, 'BroadcastChannel', { value: undefined }),
        )
        await increments(tab!, 1)
        await listen(tab!)
        await tab!.evaluate(() =>
          addEventListener('pageshow', async ({ persisted }) => {
            const store = latchkey.store('tokens')
            const value = (await store.read('key'))?.value
            await latchkey.increments(store, 'key', 1)
            const hinted = (latchkey.kept['hints'] as number) > 0
            localStorage.setItem('report', JSON.stringify({ persisted, hinted, value }))
          }),
        )
        await tab!.goto(stage.site.insecureOrigin)
        await increments(other!, 3)
        // It arrives, but tells nobody.
        ;(tab as Page).goBack().catch(() => {})
        await other!.waitForFunction(() => localStorage.getItem('report'))
        const report = await other!.evaluate(() => localStorage.getItem('report'))
        expect(JSON.parse(report!)).toEqual({ persisted: true, hinted: true, value: 4 })
        expect(await stored(other!)).toBe(5)
      },
    )
  },
  { executablePath: CHROMIUM, ignoreDefaultArgs: ['--disable-back-forward-cache'] },
)
