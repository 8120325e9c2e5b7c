// Processes that die at a given file system call: what they leave, and how the next process continues.
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { expectExclusive, tellOfKill } from './exclusion.ts'
import { type Call, interceptFiles } from './intercepted-files.ts'
import { KEY, open, type Scene, SCENES, write } from './scenarios.ts'
import { accountFolder, run, temporaryFolder } from './support.ts'

/** How many processes at once. */
const AT_ONCE = 2

async function prepared(scene: Scene): Promise<string> {
  const directory = temporaryFolder({ inMemory: true })
  const store = open(directory)
  await scene.prepare(store)
  await store.close()
  return directory
}

/** The next process finds the old or the new value, and after two writes the files are as usual. */
async function survives(scene: Scene, directory: string, where: string): Promise<void> {
  const store = open(directory)
  const found = (await store.read(KEY))?.value
  expect([where, [scene.before, scene.after]]).toEqual([where, expect.arrayContaining([found])])
  for (const last of [{ n: 'last but one' }, { n: 'last' }]) await write(store, last)
  expect((await open(directory).read(KEY))?.value).toEqual({ n: 'last' })
  const ends = accountFolder(directory).names.map(name => name.replace(/.*\./, ''))
  expect([where, ends.sort()]).toEqual([where, ['json', 'json', 'spare']])
  await store.close()
}

/** Runs `scene` in this process without its `n`th and later file system calls, as if the process had died. */
async function stopsAt(scene: Scene, n: number): Promise<Call | undefined> {
  const directory = await prepared(scene)
  let count = -1
  let last: Call | undefined
  let stop = (): void => undefined
  const stopped = new Promise<void>(resolve => (stop = resolve))
  const unclosed = new Set<() => Promise<unknown>>()
  const fs = interceptFiles(call => {
    if (count < 0 || count++ < n) return
    last ??= call
    stop()
    return 'never'
  }, unclosed)
  const store = open(directory, fs)
  await store.read('another key') // opens the directory
  count = 0
  await Promise.race([scene.act(store), stopped])
  await survives(scene, directory, `${last?.name} ${last?.path.replace(directory, '')}`)
  for (const close of unclosed) await close()
  return last
}

/** Stops `scene` at each of its calls in turn. */
export async function stopsAnywhere(scene: Scene): Promise<void> {
  let n = 0
  while (await stopsAt(scene, n)) n++
  expect(n).toBeGreaterThan(8)
}

/** Kills a process with `kill -9` before each call of the scene, and in the middle of each write. */
export async function diesAnywhere(name: string): Promise<void> {
  const scene = SCENES[name]!
  const calls: string[] = []
  const listing = run('dies', [await prepared(scene), name, '-1'])
  for (let line = await listing.line(); line !== 'acted'; line = await listing.line()) calls.push(line)
  expect(calls.length).toBeGreaterThan(8)
  const rest = calls.entries()
  const work = async (): Promise<void> => {
    for (const [n, call] of rest) {
      const directory = await prepared(scene)
      const program = run('dies', [directory, name, String(n)])
      expect([call, await program.ended]).toEqual([call, 'SIGKILL'])
      await survives(scene, directory, call)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/**
 * Writers that add 1 to a number as fast as they can, each killed after a random moment, `kills` in all.
 * @returns how many additions were acknowledged.
 */
export async function diesAnytime(kills: number, seed: number): Promise<number> {
  const directory = temporaryFolder({ inMemory: true })
  const random = mulberry32(seed)
  const acknowledged = new Set<number>()
  let left = kills
  let seen = 0

  const writer = async (): Promise<void> => {
    while (left-- > 0) {
      const program = run('counts', [directory])
      const life = 1 + Math.floor(random() * 15)
      const died = (async () => {
        // It lives for a number of additions, and a random moment more, so that it dies anywhere in the next one.
        for (let n = 0; n < life; n++) acknowledge(await program.line())
        setTimeout(() => program.kill('SIGKILL'), random() * 8)
        for (;;) acknowledge(await program.line())
      })()
      await died.catch(() => undefined)
      expect(await program.ended).toBe('SIGKILL')
      const before = seen // what was read before this read began
      const { n, filler } = (await open(directory).read(KEY))!.value as { n: number; filler: string }
      expect(filler).toBe(String(n).repeat(1_000)) // not torn
      expect(n).toBeGreaterThanOrEqual(before) // never back in time
      seen = Math.max(seen, n)
    }
  }
  const acknowledge = (line: string): void => {
    const n = Number(line)
    if (line !== String(n)) return // cut off by its death
    expect({ n, twice: acknowledged.has(n) }).toEqual({ n, twice: false }) // no addition was lost
    acknowledged.add(n)
  }
  await Promise.all([writer(), writer(), writer()])

  const { value } = (await open(directory).read(KEY))!
  const { n } = value as { n: number }
  expect(n).toBeGreaterThanOrEqual(Math.max(...acknowledged))
  // What was not acknowledged was cut off: one addition for each who died, at most.
  expect(n - acknowledged.size).toBeLessThanOrEqual(kills)
  return acknowledged.size
}

/** A small random source with a seed, so that a failure can be repeated. */
export function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Processes that take a lock in turn without end, `kills` of which are killed with `kill -9`, wherever they are
 * after the first, second or third turn. No two may ever be inside at once, and there is always one who gets in.
 */
export async function killsContenders(kills: number, seed: number): Promise<{ ins: number; deaths: number }> {
  const directory = temporaryFolder({ inMemory: true })
  const log = join(directory, 'log')
  const random = mulberry32(seed)
  let left = kills
  const contender = async (): Promise<void> => {
    while (left-- > 0) {
      const program = run('contends', [directory, log, '1000000'])
      for (let lines = 2 + Math.floor(random() * 3); lines > 0; lines--) await program.line()
      await new Promise(resolve => setTimeout(resolve, random() * 20))
      tellOfKill(log, program.pid)
      program.kill('SIGKILL')
      expect(await program.ended).toBe('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: 5 }, contender))
  // The last holder is dead.
  const last = run('contends', [directory, log, '1'])
  expect(await last.ended).toBe(0)
  return expectExclusive(log)
}
