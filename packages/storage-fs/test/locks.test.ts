// Locks between processes: exclusive until the holder releases them or dies.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { FileTokenStore } from '../src/index.ts'
import { checkLiveness } from '../src/locks/liveness-socket.ts'
import { expectExclusive } from './exclusion.ts'
import { afterTest, asRoot, circle, type Program, run, temporaryFolder } from './support.ts'

const LONG_MS = 600_000
const DAY_MS = 86_400_000

/** The links to the sockets of a directory whose path is too long. */
const linksTo = (directory: string): string[] =>
  readdirSync(tmpdir())
    .filter(name => name.startsWith('lk-'))
    .map(name => join(tmpdir(), name))
    .filter(path => readlinkSync(path).includes(directory))

/** The names in the folder of a scope, but for the spare folders. */
const leftIn = (folder: string): string[] => readdirSync(folder).filter(name => !name.endsWith('.spare'))

async function holder(directory: string, key = 'key'): Promise<Program> {
  const program = run('holds', [directory, key])
  expect(await program.line()).toBe('held')
  return program
}

test('a lock that another process holds cannot be acquired until it is released', async () => {
  const directory = temporaryFolder()
  const program = await holder(directory)
  const { locks } = new FileTokenStore({ directory })
  expect(await locks!.acquire('key', { waitMs: 0 })).toBeUndefined()
  expect(await locks!.acquire('key', { waitMs: 50 })).toBeUndefined()
  const waiting = locks!.acquire('key', { waitMs: LONG_MS })
  program.send('release')
  expect(await program.line()).toBe('released')
  const hold = await waiting
  expect(hold).toBeDefined()
  await hold!.release()
  expect(await program.ended).toBe(0)
  expect(leftIn(circle(directory))).toEqual([])
})

test('when a holder is killed with -9, a waiting process gets the lock; the delay is printed', async () => {
  const directory = temporaryFolder()
  const { locks } = new FileTokenStore({ directory })
  const times: number[] = []
  for (let n = 0; n < 20; n++) {
    const program = await holder(directory)
    const waiting = locks!.acquire('key', { waitMs: LONG_MS })
    expect(await locks!.acquire('key', { waitMs: 0 })).toBeUndefined() // by now the other waits
    const start = performance.now()
    program.kill('SIGKILL')
    const hold = await waiting
    times.push(performance.now() - start)
    expect(hold).toBeDefined()
    await hold!.release()
    await program.ended
  }
  times.sort((a, b) => a - b)
  const [min, median, p90, max] = [0, 0.5, 0.9, 1].map(part =>
    times[Math.floor(part * (times.length - 1))]!.toFixed(1),
  )
  process.stdout.write(
    `Takeover of a killed holder, ms: min ${min}, median ${median}, p90 ${p90}, max ${max}\n`,
  )
  expect(leftIn(circle(directory))).toEqual([])
})

test('the lock of a holder that died while nobody waited is free', async () => {
  const directory = temporaryFolder()
  const program = await holder(directory)
  program.kill('SIGKILL')
  await program.ended
  const hold = await new FileTokenStore({ directory }).locks!.acquire('key', { waitMs: 0 })
  expect(hold).toBeDefined()
  await hold!.release()
})

/** Waits a day for `count` locks in each store: by its clock, and long enough in fact to be waiting by then. */
async function waitForADay(
  stores: readonly FileTokenStore[],
  clock: FakeClock,
  count = 1,
): Promise<unknown[]> {
  const waiting = stores.flatMap(({ locks }) =>
    Array.from({ length: count }, () => locks!.acquire('key', { waitMs: DAY_MS })),
  )
  await sleep(300)
  await clock.advance(DAY_MS)
  return Promise.all(waiting)
}

test('a stopped holder keeps its lock for a day, and releases it when it continues', async () => {
  const directory = temporaryFolder()
  const program = await holder(directory)
  program.kill('SIGSTOP')
  const clock = fakeClock()
  const stores = Array.from({ length: 5 }, () => new FileTokenStore({ directory, clock }))
  for (const { locks } of stores) expect(await locks!.acquire('key', { waitMs: 0 })).toBeUndefined()
  expect(await waitForADay(stores, clock)).toEqual(Array(5).fill(undefined))
  const waiting = stores.map(({ locks }) => locks!.acquire('key', { waitMs: LONG_MS }))
  program.send('release')
  program.kill('SIGCONT')
  // One after the other, each when the one before lets go.
  for (let left = waiting.length; left > 0; left--) {
    const [n, hold] = await Promise.race(waiting.map(async (one, n) => [n, await one] as const))
    expect(hold).toBeDefined()
    expect(await stores[0]!.locks!.acquire('key', { waitMs: 0 })).toBeUndefined()
    waiting.splice(n, 1)
    await hold!.release()
  }
  expect(await program.ended).toBe(0)
})

test('a hundred callers wait a day for a stopped holder, and none takes it for dead', async () => {
  const directory = temporaryFolder()
  const program = await holder(directory)
  program.kill('SIGSTOP')
  const clock = fakeClock()
  const given = await waitForADay([new FileTokenStore({ directory, clock })], clock, 100)
  expect(given).toEqual(Array(100).fill(undefined))
  program.kill('SIGKILL')
})

test('a holder with too many waiting connections counts as alive', async () => {
  const folder = temporaryFolder()
  const program = run('listens', [join(folder, '~holder'), '1'])
  expect(await program.line()).toBe('listens')
  program.kill('SIGSTOP')
  const seen = []
  for (let n = 0; n < 5; n++) seen.push(await checkLiveness(folder, '~holder'))
  expect(new Set(seen.map(({ type }) => type))).toEqual(new Set(['alive', 'crowded']))
  program.kill('SIGKILL')
  await Promise.all(seen.map(one => one.type === 'alive' && one.ended))
  expect(await checkLiveness(folder, '~holder')).toEqual({ type: 'dead' })
})

test('a holder without free file descriptors keeps its lock, and is polled at intervals', async () => {
  const directory = temporaryFolder()
  const { locks } = new FileTokenStore({ directory })
  await (await locks!.acquire('another', { waitMs: 0 }))!.release()
  const folder = circle(directory)
  let calls = 0
  const holder = createServer(socket => {
    calls += 1
    socket.destroy()
  })
  await new Promise<void>(resolve => holder.listen(join(folder, '~0000000000000001'), resolve))
  mkdirSync(join(folder, 'key'))
  writeFileSync(join(folder, 'key', '0000000000000001'), '')
  expect(await locks!.acquire('key', { waitMs: 200 })).toBeUndefined()
  expect(calls).toBeGreaterThan(1)
  expect(calls).toBeLessThan(50)
  await new Promise(resolve => holder.close(resolve))
  const hold = await locks!.acquire('key', { waitMs: 0 })
  expect(hold).toBeDefined()
  await hold!.release()
})

test('eight processes take a lock 25 times each, and no two hold it at once', async () => {
  const directory = temporaryFolder()
  const log = join(directory, 'log')
  const programs = Array.from({ length: 8 }, () => run('contends', [directory, log, '25']))
  for (const program of programs) expect(await program.ended).toBe(0)
  expect(expectExclusive(log)).toEqual({ ins: 200, deaths: 0 })
  expect(leftIn(circle(directory))).toEqual([])
})

test('the four workers of a cluster exclude one another', async () => {
  const directory = temporaryFolder()
  const log = join(directory, 'log')
  expect(await run('cluster-contends', [directory, log, '25', '4']).ended).toBe(0)
  expect(expectExclusive(log)).toEqual({ ins: 100, deaths: 0 })
})

test('a lock keeps no process alive, and a process that ends releases it', async () => {
  const directory = temporaryFolder()
  const program = run('ends', [directory])
  expect(await program.line()).toBe('held')
  expect(await program.ended).toBe(0)
  const hold = await new FileTokenStore({ directory }).locks!.acquire('key', { waitMs: 0 })
  expect(hold).toBeDefined()
  await hold!.release()
})

test('a directory whose path is too long for a socket has locks all the same', async () => {
  const directory = join(temporaryFolder(), 'd'.repeat(100), 'e'.repeat(100))
  afterTest(() => linksTo(directory).forEach(link => rmSync(link)))
  const program = await holder(directory)
  const { locks } = new FileTokenStore({ directory })
  expect(await locks!.acquire('key', { waitMs: 0 })).toBeUndefined()
  const waiting = locks!.acquire('key', { waitMs: LONG_MS })
  program.kill('SIGKILL')
  const hold = await waiting
  expect(hold).toBeDefined()
  await hold!.release()
  expect(leftIn(circle(directory))).toEqual([])
})

test('a directory with a long path has one link to its sockets, also after kills, and checks it', async () => {
  const directory = join(temporaryFolder(), 'd'.repeat(100))
  const links = () => linksTo(directory)
  for (let n = 0; n < 3; n++) {
    const program = await holder(directory)
    program.kill('SIGKILL')
    await program.ended
  }
  const [link] = links()
  expect(links()).toEqual([link])
  afterTest(() => rmSync(link!))
  const program = await holder(directory)
  const { locks } = new FileTokenStore({ directory })
  rmSync(link!)
  expect(await locks!.acquire('key', { waitMs: 0 })).toBeUndefined()
  expect(links()).toEqual([link])
  rmSync(link!)
  symlinkSync('/', link!)
  await expect(locks!.acquire('key', { waitMs: 0 })).rejects.toThrow(
    /is not this user's link to .*: remove it/,
  )
  program.kill('SIGKILL')
})

test('files of dead processes are removed when they are old, and not while they may be in use', async () => {
  const directory = temporaryFolder()
  const first = new FileTokenStore({ directory })
  await (await first.locks!.acquire('key', { waitMs: 0 }))!.release()
  const folder = circle(directory)
  const old = new Date(Date.now() - 7_200_000)
  const ancient = new Date(Date.now() - 40 * 86_400_000)
  for (const name of ['~0000000000000001.new', '~0000000000000002.old']) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, '0000000000000001'), '')
    utimesSync(join(folder, name), old, old)
  }
  mkdirSync(join(folder, '~0000000000000003.new'))
  const dead = await holder(directory, 'other')
  const [socket] = readdirSync(folder).filter(name => /^~[0-9a-f]+$/.test(name))
  dead.kill('SIGKILL')
  await dead.ended
  utimesSync(join(folder, socket!), old, old)
  const alive = await holder(directory, 'third')
  for (const name of readdirSync(folder).filter(name => /^~[0-9a-f]+$/.test(name)))
    utimesSync(join(folder, name), old, old)
  mkdirSync(join(directory, 'locks', 'a former boot', 'key'), { recursive: true })
  writeFileSync(join(directory, 'locks', 'a former boot', 'key', '0000000000000001'), '')
  utimesSync(join(directory, 'locks', 'a former boot'), ancient, ancient)

  const store = new FileTokenStore({ directory })
  await (await store.locks!.acquire('key', { waitMs: 0 }))!.release()
  expect(readdirSync(join(directory, 'locks')).filter(name => name !== 'next')).toHaveLength(1)
  const left = leftIn(folder)
  expect(left).not.toContain(socket)
  expect(left.filter(name => name.includes('.'))).toEqual(['~0000000000000003.new'])
  expect(await store.locks!.acquire('third', { waitMs: 0 })).toBeUndefined()
  alive.send('release')
  expect(await alive.line()).toBe('released')
})

test('a store may have no locks', () => {
  expect(new FileTokenStore({ directory: temporaryFolder(), locks: false }).locks).toBeUndefined()
})

asRoot(
  'two network namespaces on one folder are circles of their own, and no addition is lost between them',
  async () => {
    const directory = temporaryFolder()
    const within = ['unshare', '--net']
    const here = new FileTokenStore({ directory })
    const there = run('holds', [directory, 'key'], { within })
    expect(await there.line()).toBe('held')
    const scope = run('scope', [directory], { within })
    expect(await scope.line()).not.toBe(here.locks!.scope)
    expect(await run('scope', [directory]).line()).toBe(here.locks!.scope)

    // They do not exclude each other, and do not treat the other's lock as abandoned.
    const hold = await here.locks!.acquire('key', { waitMs: 0 })
    expect(hold).toBeDefined()
    there.send('release')
    expect(await there.line()).toBe('released')
    expect(await new FileTokenStore({ directory }).locks!.acquire('key', { waitMs: 0 })).toBeUndefined()
    await hold!.release()

    await Promise.all(
      [[], within].map(way => run('increments', [directory, '"sum"', '50'], { within: way }).ended),
    )
    expect((await here.read('sum'))?.value).toBe(100)
    expect(existsSync(join(directory, 'accounts', 'sum'))).toBe(true)
  },
)
