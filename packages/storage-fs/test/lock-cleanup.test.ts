// The first release of a store removes what dead processes left of their locks, and nothing that others use meanwhile.
import { mkdirSync, readdirSync, rmdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { type FileSystem, FileTokenStore } from '../src/index.ts'
import { gate, interceptFiles } from './intercepted-files.ts'
import { circle, temporaryFolder } from './support.ts'

const HOURS_AGO = new Date(Date.now() - 7_200_000)
const WEEKS_AGO = new Date(Date.now() - 40 * 86_400_000)

/** Takes and releases a lock; the release cleans up. */
async function lockOnce(directory: string, fs?: FileSystem): Promise<void> {
  const store = new FileTokenStore({ directory, fs })
  await (await store.locks!.acquire('another key', { waitMs: 0 }))!.release()
}

/** Returns the directory of a store with a scope. */
async function lockedOnce(): Promise<string> {
  const directory = temporaryFolder({ inMemory: true })
  await lockOnce(directory)
  return directory
}

test('a lock that takes an old spare folder, while another process cleans up, is exclusive', async () => {
  const directory = await lockedOnce()
  const spares = readdirSync(circle(directory)).filter(name => name.endsWith('.spare'))
  expect(spares).not.toEqual([])
  for (const name of spares) utimesSync(join(circle(directory), name), HOURS_AGO, HOURS_AGO)

  // The taker waits twice: before it writes its name into the folder, and before it renames the folder to the lock.
  const [named, renamed] = [gate(), gate()]
  const taking = interceptFiles(({ name, path }) => {
    if (name === 'open' && path.includes('.new/')) return named.wait()
    return name === 'rename' && path.endsWith('.new') ? renamed.wait() : undefined
  })
  const taken = new FileTokenStore({ directory, fs: taking }).locks!.acquire('key', { waitMs: 0 })
  await named.reached
  // The cleaner lets it go on where that is worst: when it is about to list the folder, and to remove it.
  const isTakers = (path: string): boolean => /~[0-9a-f]{16}\.(new|old)$/.test(path)
  const cleaning = interceptFiles(({ name, path }) => {
    if (name === 'readdir' && isTakers(path)) {
      named.open()
      return Promise.race([renamed.reached, taken.then(() => undefined)])
    }
    if (name !== 'rmdir' || !isTakers(path)) return undefined
    renamed.open()
    return taken.then(() => undefined)
  })
  await lockOnce(directory, cleaning)
  for (const one of [named, renamed]) one.open()
  expect(await taken).toBeDefined()
  expect(await new FileTokenStore({ directory }).locks!.acquire('key', { waitMs: 0 })).toBeUndefined()
})

test('a former scope that is used again, while another process removes it, keeps what is new', async () => {
  const directory = await lockedOnce()
  const former = join(directory, 'locks', 'a former boot')
  mkdirSync(join(former, '~0000000000000001.spare'), { recursive: true })
  utimesSync(former, WEEKS_AGO, WEEKS_AGO)
  let calls = 0
  const cleaning = interceptFiles(({ path }) => {
    if (path === former && ++calls === 2) mkdirSync(join(former, 'new'))
  })
  await lockOnce(directory, cleaning)
  expect(calls).toBeGreaterThan(1)
  expect(readdirSync(former)).toContain('new')
})

test('an entry that others remove meanwhile does not keep the rest from being removed', async () => {
  const directory = await lockedOnce()
  for (const n of [1, 2, 3]) {
    const folder = join(circle(directory), `~000000000000000${n}.new`)
    mkdirSync(folder)
    utimesSync(folder, HOURS_AGO, HOURS_AGO)
  }
  let removed: string | undefined
  const cleaning = interceptFiles(({ name, path }) => {
    if (name !== 'lstat' || !path.endsWith('.new') || removed) return
    removed = path
    rmdirSync(path)
  })
  await lockOnce(directory, cleaning)
  expect(removed).toBeDefined()
  expect(readdirSync(circle(directory)).filter(name => name.endsWith('.new'))).toEqual([])
})
