// Without a browser, for example on a server that renders a page.
import { expect, test } from '@jest/globals'
import { BrowserTokenStore } from '@latchkey/storage-browser'

test('in Node tokens are in memory, and `persistence` is none', async () => {
  const store = new BrowserTokenStore()
  expect(store.locks).toBeUndefined()
  expect(store.persistence).toBe('unknown')
  expect(await store.ready()).toBe('none')
  expect(store.persistence).toBe('none')
  expect(store.atomicity).toBe('process')
  expect(store.blockedBy!.message).toBe('tokens are kept in memory only: ReferenceError')
  expect(await store.compareAndSwap('key', undefined, 1)).toMatchObject({ swapped: true })
  expect((await store.read('key'))!.value).toBe(1)
  await store.close()
})

test('an invalid name is rejected', () => {
  for (const name of ['', 1, null])
    expect(() => new BrowserTokenStore({ name: name as string })).toThrow(
      new TypeError('name must be a non-empty string'),
    )
})
