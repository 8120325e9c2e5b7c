import { expect, test } from '@jest/globals'
import { MemoryTokenStore, type TokenStore } from '@latchkey/core'
import type { Json, Version } from '@latchkey/core/ports'
import { type FaultAt, faultyStore, type FaultyMethod, tokenStoreContract } from '../src/index.ts'

const PLANNED = /^faultyStore: \w+ number \d+ fails as planned$/

async function write(store: TokenStore, expected: Version | undefined, value: Json): Promise<Version> {
  const result = await store.compareAndSwap('key', expected, value)
  if (!result.swapped) throw new Error('refused')
  return result.version
}

for (const { name, skip, run } of await tokenStoreContract(() => {
  const memory = new MemoryTokenStore()
  return { open: () => faultyStore(memory, []) }
}))
  if (skip) test.skip(`without faults it is the store that it wraps: ${name} (skipped: ${skip})`, run)
  else test(`without faults it is the store that it wraps: ${name}`, run)

const OPERATIONS: Record<FaultyMethod, (store: TokenStore) => Promise<unknown>> = {
  read: store => store.read('key'),
  compareAndSwap: store => store.compareAndSwap('key', undefined, 1),
  remove: store => store.remove('key'),
  confirm: store => store.confirm!('key'),
  acquire: store => store.locks!.acquire('key', { waitMs: 0 }),
}

test.each(Object.entries(OPERATIONS))(
  '%s fails at the call that was planned, and at no other',
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

test('a call that fails does nothing; one whose reply is lost does its work', async () => {
  const memory = new MemoryTokenStore()
  const store = faultyStore(memory, [
    { method: 'compareAndSwap', call: 1, fault: 'fail' },
    { method: 'compareAndSwap', call: 2, fault: 'loseReply' },
    { method: 'remove', call: 1, fault: 'fail' },
    { method: 'remove', call: 2, fault: 'loseReply' },
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

test('a torn write leaves half of the text, and a torn read shows half of it', async () => {
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

test('the store goes back in time, by one write at a time and to nothing', async () => {
  const store = faultyStore(new MemoryTokenStore(), [
    { method: 'read', call: 1, fault: 'goBack' },
    { method: 'read', call: 2, fault: 'goBack' },
    { method: 'compareAndSwap', call: 4, fault: 'goBack' },
  ])
  const second = await write(store, await write(store, undefined, 1), 2)
  expect((await store.read('key'))?.value).toBe(1)
  expect(await store.read('key')).toBeUndefined()
  await write(store, undefined, 3)
  expect(await store.compareAndSwap('key', second, 4)).toEqual({ swapped: false, current: undefined })
  store.finish()
})

test('a removal can be undone by going back', async () => {
  const store = faultyStore(new MemoryTokenStore(), [{ method: 'read', call: 1, fault: 'goBack' }])
  await write(store, undefined, 1)
  await store.remove('key')
  expect((await store.read('key'))?.value).toBe(1)
})

test('a call waits before its work, or before its answer', async () => {
  const memory = new MemoryTokenStore()
  let begin!: () => void
  let answer!: () => void
  const waitFor = new Promise<void>(resolve => (begin = resolve))
  const replyAfter = new Promise<void>(resolve => (answer = resolve))
  const store = faultyStore(memory, [
    { method: 'compareAndSwap', call: 1, fault: { waitFor } },
    { method: 'compareAndSwap', call: 1, fault: { replyAfter } },
  ])
  let answered = false
  const swap = write(store, undefined, 1).then(() => (answered = true))
  const turn = (): Promise<void> => new Promise(resolve => setTimeout(resolve))
  await turn()
  expect(await memory.read('key')).toBeUndefined()
  begin()
  await turn()
  expect((await memory.read('key'))?.value).toBe(1)
  expect(answered).toBe(false)
  answer()
  await swap
})

test('a fault that never came about fails the test', async () => {
  const store = faultyStore(new MemoryTokenStore(), [
    { method: 'read', call: 1, fault: 'fail' },
    { method: 'remove', call: 3, fault: 'fail' },
  ])
  await store.read('key').catch(() => {})
  expect(() => store.finish()).toThrow('never came about: remove number 3')
})

test.each(['remove', 'confirm', 'acquire'] as const)('%s has nothing to tear', method => {
  const faults: FaultAt[] = [{ method, call: 1, fault: 'tear' }]
  expect(() => faultyStore(new MemoryTokenStore(), faults)).toThrow(
    new TypeError(`faults: ${method} has no value to tear`),
  )
})

test('it has the capabilities that the store has, and no other', () => {
  const { atomicity, read, compareAndSwap, remove } = new MemoryTokenStore()
  const bare = faultyStore({ atomicity, read, compareAndSwap, remove }, [])
  for (const name of ['locks', 'confirm', 'watch', 'keys', 'close'] as const)
    expect(bare).not.toHaveProperty(name)
})
