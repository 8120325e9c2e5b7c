import { expect, test } from '@jest/globals'
import { limits } from '../../src/drive/limits.ts'
import { ServerLoad } from '../../src/drive/server-load.ts'
import type { RenewalResult } from '../../src/keeper/states.ts'
import { GRANTED } from '../keeper/support.ts'

const granted: RenewalResult = { type: 'granted', tokens: GRANTED }
const overloaded: RenewalResult = {
  type: 'failed',
  outcome: 'indeterminate',
  failure: { code: 'transient', message: 'm', status: 503 },
}

/** A server whose responses come when the test says so, and the load of the requests to it. */
function startServer() {
  let nowMs = 0
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, sleep: async () => {} }
  const load = new ServerLoad()
  const open: ((result: RenewalResult) => void)[] = []
  const results: RenewalResult[] = []
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  return {
    open,
    results,
    load,
    clock,
    /** Sends so many requests. */
    async send(count: number) {
      for (let n = 0; n < count; n++)
        void load
          .send(clock, 1, () => new Promise<RenewalResult>(resolve => void open.push(resolve)))
          .then(result => results.push(result))
      await turns()
    },
    /** Responds to the requests that are open now, after `ms`. */
    async respond(result: RenewalResult, ms: number) {
      nowMs += ms
      for (const resolve of open.splice(0)) resolve(result)
      await turns()
    },
    async pass(ms: number) {
      nowMs += ms
      load.failIfSilent(clock)
      await turns()
    },
  }
}

test('at most 32 requests are open at once', async () => {
  const server = startServer()
  await server.send(100)
  expect(server.open).toHaveLength(limits.sends)
  await server.respond(granted, 100)
  expect(server.open).toHaveLength(limits.sends)
  await server.respond(granted, 100)
  await server.respond(granted, 100)
  await server.respond(granted, 100)
  expect(server.results).toHaveLength(100)
})

test('requests that come at once after a pause are all sent', async () => {
  const server = startServer()
  for (let round = 0; round < 3; round++) {
    await server.pass(60_000)
    await server.send(5)
    expect(server.open).toHaveLength(5)
    await server.respond(granted, 100)
  }
  expect(server.results).toEqual(Array.from({ length: 15 }, () => granted))
})

test('an overloaded server gets half as many, once for all that were open; then more again', async () => {
  const server = startServer()
  await server.send(1_000)
  await server.respond(overloaded, 100)
  expect(server.open).toHaveLength(16)
  await server.respond(overloaded, 100)
  expect(server.open).toHaveLength(8)
  await server.respond(granted, 100)
  expect(server.open).toHaveLength(9)
  for (let round = 0; round < 20; round++) await server.respond(granted, 100)
  expect(server.open.length).toBeGreaterThan(25)
})

test('a response that takes three times as long as usual, and more than 1 s, counts as overload', async () => {
  const server = startServer()
  await server.send(1_000)
  for (let round = 0; round < 5; round++) await server.respond(granted, 200)
  expect(server.open).toHaveLength(32)
  await server.respond(granted, 900)
  expect(server.open).toHaveLength(32)
  await server.respond(granted, 3_000)
  expect(server.open.length).toBeLessThan(20)
})

test('a server that is always slow is not overloaded', async () => {
  const server = startServer()
  await server.send(1_000)
  for (let round = 0; round < 5; round++) await server.respond(granted, 4_000)
  expect(server.open).toHaveLength(32)
})

test('when a server responds to nothing for 10 s, the requests in the queue fail as not sent, and so do new ones', async () => {
  const server = startServer()
  await server.send(40)
  await server.pass(9_999)
  expect(server.results).toHaveLength(0)
  await server.pass(1)
  expect(server.results).toHaveLength(8)
  expect(server.results[0]).toMatchObject({ outcome: 'throttled', failure: { code: 'transient' } })
  await server.send(1)
  expect(server.results).toHaveLength(9)
  // The open requests are still waited for, and the first response ends the silence.
  await server.respond(granted, 20_000)
  await server.send(1)
  expect(server.open).toHaveLength(1)
})
