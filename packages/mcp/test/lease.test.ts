// Leases: one holder at a time, through any store.
import { beforeEach, describe, expect, test } from '@jest/globals'
import { FlowStateError, MemoryTokenStore, type TokenStore } from '@latchkey/core'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { inTurn, Lease, LEASE_MS, type LeasePorts, takeLease, waitForOthers } from '../src/lease.ts'

let clock: FakeClock
let store: TokenStore
let ports: LeasePorts
let names = 0
beforeEach(() => {
  clock = fakeClock()
  store = new MemoryTokenStore({ clock })
  ports = { store, clock, random: () => `holder ${names++}` }
})

const held = async (): Promise<Lease> => (await takeLease(ports, 'k')) as Lease
const turn = () => new Promise(setImmediate)
/** Work that the test ends, and what it makes. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let made: string | undefined
  let begun = 0
  promise.then(value => (made = value)).catch(() => {})
  return {
    find: async () => made,
    work: () => {
      begun++
      return promise
    },
    resolve,
    reject,
    begun: () => begun,
  }
}

/** Starts two turns: the first works, the second waits. */
async function twoAt(login: ReturnType<typeof work>) {
  const first = inTurn(ports, 'k', login)
  while (login.begun() < 1) await turn()
  return [first, inTurn(ports, 'k', login)] as const
}

test('one works, the others wait and find', async () => {
  const login = work()
  const all = [inTurn(ports, 'k', login), inTurn(ports, 'k', login), inTurn(ports, 'k', login)]
  while (clock.sleeping().length < 3) await turn()
  expect(login.begun()).toBe(1)
  login.resolve('tokens')
  expect(await Promise.all(all)).toEqual(['tokens', 'tokens', 'tokens'])
  expect(login.begun()).toBe(1)
})

test('a holder that works keeps its lease, however long it takes', async () => {
  const login = work()
  const [first, second] = await twoAt(login)
  for (let step = 0; step < 100; step++) {
    await clock.advance(5_000)
    await turn()
  }
  expect(login.begun()).toBe(1)
  login.resolve('tokens')
  expect(await Promise.all([first, second])).toEqual(['tokens', 'tokens'])
})

test('a dead holder blocks the next one for the rest of its lease, and no longer', async () => {
  await held() // and dies
  const login = work()
  login.resolve('tokens')
  let isOver = false
  const next = inTurn(ports, 'k', { ...login, find: async () => undefined }).then(value => {
    isOver = true
    return value
  })
  for (let passed = 0; passed < LEASE_MS - 1_000; passed += 500) {
    await clock.advance(500)
    await turn()
  }
  expect(isOver).toBe(false)
  for (let passed = 0; passed <= 1_000; passed += 500) {
    await clock.advance(500)
    await turn()
  }
  expect(await next).toBe('tokens')
})

test('those who waited learn why the work has failed; those who come later work', async () => {
  const login = work()
  const [first, second] = await twoAt(login)
  while (clock.sleeping().length < 2) await turn()
  login.reject(new FlowStateError('the user said no'))
  await expect(first).rejects.toThrow('the user said no')
  await expect(second).rejects.toMatchObject({ code: 'other_process_failed', message: 'the user said no' })
  const later = work()
  later.resolve('tokens')
  expect(await inTurn(ports, 'k', later)).toBe('tokens')
})

test("of an error that is not of Latchkey, only the name is stored: a host's message may quote a code", async () => {
  const login = work()
  const [first, second] = await twoAt(login)
  while (clock.sleeping().length < 1) await turn()
  login.reject(new TypeError('Failed to parse URL from http://127.0.0.1/callback?code=secret'))
  await expect(first).rejects.toThrow('Failed to parse')
  await expect(second).rejects.toMatchObject({ code: 'other_process_failed', message: 'TypeError' })
  expect(JSON.stringify((await store.read('k'))?.value)).not.toContain('secret')
})

test("a holder that comes back late ends nobody else's lease", async () => {
  const late = await held()
  await clock.advance(LEASE_MS)
  const next = await held()
  expect(next).toBeInstanceOf(Lease)
  await late.release()
  expect(await takeLease(ports, 'k')).toMatch(/^holder/)
  await next.release()
  expect(await takeLease(ports, 'k')).toBeInstanceOf(Lease)
})

test('a clock that is set back makes no lease longer', async () => {
  await held()
  clock.jump(-86_400_000)
  expect(await takeLease(ports, 'k')).toBeInstanceOf(Lease)
})

test('takers at the same instant: one has it', async () => {
  const takers = await Promise.all(Array.from({ length: 20 }, () => takeLease(ports, 'k')))
  expect(takers.filter(taken => taken instanceof Lease)).toHaveLength(1)
})

test('a signal ends the wait of one caller', async () => {
  await held()
  const stop = new AbortController()
  const waiting = inTurn(ports, 'k', { ...work(), signal: stop.signal })
  while (clock.sleeping().length < 1) await turn()
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('a store that fails while a lease is kept does not end the work', async () => {
  const lease = (await held()).keep()
  const { compareAndSwap } = store
  Object.assign(store, { compareAndSwap: () => Promise.reject(new Error('offline')) })
  await clock.advance(10_000)
  Object.assign(store, { compareAndSwap })
  await clock.advance(10_000)
  await clock.advance(15_000)
  expect(await takeLease(ports, 'k')).toMatch(/^holder/)
  await lease.release()
})

describe('waitForOthers', () => {
  test('returns at once if nobody holds the lease', async () => {
    expect(await waitForOthers(ports, 'k', work())).toBeUndefined()
  })

  test('returns what the holder has made', async () => {
    const lease = await held()
    const login = work()
    const waiting = waitForOthers(ports, 'k', login)
    while (clock.sleeping().length < 1) await turn()
    login.resolve('tokens')
    await turn()
    await lease.release()
    expect(await waiting).toBe('tokens')
  })
})
