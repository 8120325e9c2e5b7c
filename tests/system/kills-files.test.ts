// Processes that share an account in files and are killed with -9 during a refresh: no stored token is lost, and every
// generation is one set of tokens. LATCHKEY_KILLS sets how many die at random; LATCHKEY_SOAK is the full count. The server
// has a grace window: without one, the tokens of a process that dies between a response and its commit are lost.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { mulberry32 } from '../../packages/storage-fs/test/process-deaths.ts'
import {
  LIFETIME_MS,
  pass,
  refreshesAt,
  signIn,
  startWorkers,
  stopWorkers,
  type Worker,
} from '../processes/workers.ts'
import { clientOf, defaultKey } from '../support.ts'
import { soaked } from '../../tools/soak/shard.ts'

const KILLS = soaked(2_000, Number(process.env['LATCHKEY_KILLS'] ?? 100))
/** The victim dies before every EACH-th call to the disk. */
const EACH = KILLS > 20 ? 1 : 6

let directory: string
let emulator: Emulator
let store: FileTokenStore
let survivor: Worker
let victim: Worker
/** How far the clocks of the other processes are ahead, in ms. */
let aheadMs: number

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-kills-'))
  emulator = await startEmulator({ rotation: 'grace-all', expiresIn: 3600 })
  store = new FileTokenStore({ directory })
  await signIn(clientOf(emulator, { store }), emulator)
  aheadMs = 0
  survivor = await another()
  victim = await another()
})

afterEach(async () => {
  await stopWorkers([survivor, victim])
  await emulator.close()
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** Starts one more process, which has read the record. */
async function another(): Promise<Worker> {
  const [worker] = (await startWorkers(emulator, { kind: 'files', directory }, 1)) as [Worker]
  await worker.ask({ type: 'advance', ms: aheadMs })
  await worker.ask({ type: 'ask', callers: 1 })
  return worker
}

/** Lets the access token expire, in all processes. */
async function expire(): Promise<void> {
  aheadMs += LIFETIME_MS
  await pass(LIFETIME_MS, emulator, [survivor, victim])
}

interface Stored {
  readonly generation: number
  readonly tokens: { readonly access_token: string }
}

async function stored(): Promise<Stored> {
  return (await store.read(defaultKey(emulator)))?.value as unknown as Stored
}

/** Kills the victim with `die` at one expiry; returns the number of refreshes until the survivor has new tokens. */
async function survive(die: () => Promise<unknown>): Promise<number> {
  const [{ generation }, refreshes] = [await stored(), refreshesAt(emulator)]
  await expire()
  await die()
  const { tokens, failures } = await survivor.ask({ type: 'ask', callers: 5 })
  expect(failures).toEqual([])
  // There is exactly one more generation, and callers get its token.
  const now = await stored()
  expect(now.generation).toBe(generation + 1)
  expect(new Set(tokens)).toEqual(new Set([now.tokens.access_token]))
  victim = await another()
  return refreshesAt(emulator) - refreshes
}

test(`killed before ${EACH === 1 ? 'each' : `each ${EACH}th`} call to the disk in a refresh: one more generation, and one request if nothing was sent yet or everything is stored`, async () => {
  await expire()
  await survivor.ask({ type: 'ask', callers: 1 }) // prepares the folders of locks
  await expire()
  const { calls } = await victim.ask({ type: 'ask', callers: 1 })
  const links = [...calls.keys()].filter(n => calls[n] === 'link')
  expect(links).toHaveLength(2)
  const [leased, committed] = links as [number, number]

  const requests = new Map<number, number>()
  for (let diesAt = 0; diesAt < calls.length; diesAt += EACH)
    requests.set(
      diesAt,
      await survive(async () => {
        const answer = victim.ask({ type: 'ask', callers: 1, diesAt })
        await expect(answer).rejects.toThrow('SIGKILL')
      }),
    )
  process.stdout.write(
    `requests when killed before ${[...requests].map(([n, times]) => `${n} ${calls[n]}: ${times}`).join(', ')}\n`,
  )
  for (const [n, times] of requests)
    if (n <= leased || n > committed) expect([n, times]).toEqual([n, 1])
    else expect(times).toBeLessThanOrEqual(2)
}, 600_000)

const seed = Date.now() % 1_000_000

test(`${KILLS} killed at random moments of a refresh: one more generation each time, with at most two requests (seed ${seed})`, async () => {
  const random = mulberry32(seed)
  await expire()
  const begin = performance.now()
  await victim.ask({ type: 'ask', callers: 1 })
  const refreshMs = performance.now() - begin
  let twice = 0
  for (let n = 0; n < KILLS; n++) {
    const requests = await survive(async () => {
      const answer = victim.ask({ type: 'ask', callers: 1 }).catch(() => undefined)
      await sleep(random() * refreshMs)
      victim.process.kill('SIGKILL')
      await answer
    })
    expect(requests).toBeLessThanOrEqual(2)
    if (requests === 2) twice += 1
  }
  process.stdout.write(
    `${KILLS} kills: 0 lost, 0 generations twice; ${twice} died between a request and its commit\n`,
  )
}, 7_200_000)
