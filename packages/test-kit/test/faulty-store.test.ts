import { expect, test } from '@jest/globals'
import { MemoryTokenStore, type TokenStore } from '@latchkey/core'
import type { Json, Version } from '@latchkey/core/ports'
import { type PlannedFault, faultyStore, type FaultyMethod, tokenStoreContract } from '../src/index.ts'

const PLANNED = /^faultyStore: \w+ number \d+ fails as planned$/

async function write(store: TokenStore, expected: Version | undefined, value: Json): Promise<Version> {
  const result = await store.compareAndSwap('key', expected, value)
  if (!result.swapped) throw new Error('the swap failed')
  return result.version
}

for (const { name, skip, run } of await tokenStoreContract(() => {
  const memory = new MemoryTokenStore()
  return { open: () => faultyStore(memory, []) }
}))
  if (skip) test.skip(`without faults it passes the contract: ${name} (skipped: ${skip})`, run)
  else test(`without faults it passes the contract: ${name}`, run)

const OPERATIONS: Record<FaultyMethod, (store: TokenStore) => Promise<unknown>> = {
  read: store => store.read('key'),
  compareAndSwap: store => store.compareAndSwap('key', undefined, 1),
  remove: store => store.remove('key'),
  confirm: store => store.confirm!('key'),
  acquire: store => store.locks!.acquire('key', { waitMs: 0 }),
}

test.each(Object.entries(OPERATIONS))(
  '%s fails at the planned call, and at no other',
  async (method, operate) => {
    const fault = { method: method as FaultyMethod, call: 2, fault: 'fail' } as const
    const store = faultyStore(new MemoryTokenStore(), [fault])
    await operate(store)
    await expect(operate(store)).rejects.toThrow(PLANNED)
    await operate(store)
    expect(store.calls[fault.method]).toBe(3)
    store.finish()
  },
)

test('a failing call does nothing; a call whose response is lost does its work', async () => {
  const memory = new MemoryTokenStore()
  const store = faultyStore(memory, [
    { method: 'compareAndSwap', call: 1, fault: 'fail' },
    { method: 'compareAndSwap', call: 2, fault: 'loseResponse' },
    { method: 'remove', call: 1, fault: 'fail' },
    { method: 'remove', call: 2, fault: 'loseResponse' },
  ])
  await expect(write(store, undefined, 1)).rejects.toThrow(PLANNED)
  expect(await memory.read('key')).toBeUndefined()
  await expect(write(store, undefined, 2)).rejects.toThrow(PLANNED)
  expect((await memory.read('key'))?.value).toBe(2)
  await expect(store.remove('key')).rejects.toThrow(PLANNED)
  expect((await memory.read('key'))?.value).toBe(2)
  await expect(store.remove('key')).rejects.toThrow(PLANNED)
  expect(await memory.read('key')).toBeUndefined()
  store.finish()
})

test('a torn write stores half of the text, and a torn read returns half of it', async () => {
  const memory = new MemoryTokenStore()
  const store = faultyStore(memory, [
    { method: 'compareAndSwap', call: 1, fault: 'tear' },
    { method: 'read', call: 2, fault: 'tear' },
  ])
  await expect(write(store, undefined, { refresh_token: 'r' })).rejects.toThrow(PLANNED)
  const { value, version } = (await store.read('key'))!
  expect(value).toBe('{"refresh_')
  await write(store, version, { n: 1234 })
  expect((await store.read('key'))?.value).toBe('{"n":')
  expect((await store.read('key'))?.value).toEqual({ n: 1234 })
  store.finish()
})

test('the store rolls back one write at a time, down to an absent value', async () => {
  const store = faultyStore(new MemoryTokenStore(), [
    { method: 'read', call: 1, fault: 'rollBack' },
    { method: 'read', call: 2, fault: 'rollBack' },
    { method: 'compareAndSwap', call: 4, fault: 'rollBack' },
  ])
  const second = await write(store, await write(store, undefined, 1), 2)
  expect((await store.read('key'))?.value).toBe(1)
  expect(await store.read('key')).toBeUndefined()
  await write(store, undefined, 3)
  expect(await store.compareAndSwap('key', second, 4)).toEqual({ swapped: false, current: undefined })
  store.finish()
})

test('a rollback undoes a removal', async () => {
  const store = faultyStore(new MemoryTokenStore(), [{ method: 'read', call: 1, fault: 'rollBack' }])
  await write(store, undefined, 1)
  await store.remove('key')
  expect((await store.read('key'))?.value).toBe(1)
})

test('a call waits before its work, or before it returns', async () => {
  const memory = new MemoryTokenStore()
  let begin!: () => void
  let finish!: () => void
  const startAfter = new Promise<void>(resolve => (begin = resolve))
  const returnAfter = new Promise<void>(resolve => (finish = resolve))
  const store = faultyStore(memory, [
    { method: 'compareAndSwap', call: 1, fault: { startAfter } },
    { method: 'compareAndSwap', call: 1, fault: { returnAfter } },
  ])
  let returned = false
  const swap = write(store, undefined, 1).then(() => (returned = true))
  const turn = (): Promise<void> => new Promise(resolve => setTimeout(resolve))
  await turn()
  expect(await memory.read('key')).toBeUndefined()
  begin()
  await turn()
  expect((await memory.read('key'))?.value).toBe(1)
  expect(returned).toBe(false)
  finish()
  await swap
})

test('a planned fault that did not occur fails the test', async () => {
  const store = faultyStore(new MemoryTokenStore(), [
    { method: 'read', call: 1, fault: 'fail' },
    { method: 'remove', call: 3, fault: 'fail' },
  ])
  await store.read('key').catch(() => {})
  expect(() => store.finish()).toThrow('planned faults did not occur: remove number 3')
})

test.each(['remove', 'confirm', 'acquire'] as const)('%s cannot be torn', method => {
  const faults: PlannedFault[] = [{ method, call: 1, fault: 'tear' }]
  expect(() => faultyStore(new MemoryTokenStore(), faults)).toThrow(
    new TypeError(`faults: ${method} has no value to tear`),
  )
})

test('it has the capabilities of the store, and no others', () => {
  const { atomicity, read, compareAndSwap, remove } = new MemoryTokenStore()
  const bare = faultyStore({ atomicity, read, compareAndSwap, remove }, [])
  for (const name of ['locks', 'confirm', 'watch', 'keys', 'close'] as const)
    expect(bare).not.toHaveProperty(name)
})
