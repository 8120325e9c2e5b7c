// A full disk: a small file system in memory, filled to the last page, then all but the last, and so on. A lease is
// written before a refresh token is used, a commit after; in between, other files take the free space.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import type { Json, SwapResult } from '@latchkey/core/ports'
import { FileTokenStore } from '../src/index.ts'
import { ext4Disk, smallDisk, type SmallDisk } from './small-disk.ts'
import { accountFolder, asRoot, run } from './support.ts'

const tokens = (n: number, length: number): Json => ({ n, tokens: 't'.repeat(length) })

async function write(store: FileTokenStore, value: Json): Promise<SwapResult> {
  return store.compareAndSwap('key', (await store.read('key'))?.version, value)
}

/** Writes lease and commit on a disk with `free` pages left; returns the outcome of the lease. */
async function refresh(
  disk: SmallDisk,
  free: number,
  before: readonly number[],
  lease: number,
  commit: number,
): Promise<'leased' | 'rejected'> {
  const store = new FileTokenStore({ directory: disk.directory })
  if (before.length === 0) await store.read('key') // makes the directory
  for (const [n, length] of before.entries()) await write(store, tokens(n, length))
  const last = (await store.read('key'))?.value
  disk.fill(free)
  const result = await write(store, tokens(1_000, lease)).catch((error: unknown) => error)
  if (result instanceof Error) {
    expect(result).toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('ENOSPC') })
    expect((await store.read('key'))?.value).toEqual(last) // nothing has changed
    disk.empty()
    expect(await write(store, tokens(1_001, lease))).toMatchObject({ swapped: true })
    return 'rejected'
  }
  expect(result).toMatchObject({ swapped: true })
  disk.fill(0, 'the rest')
  // From here on the refresh token is used: its replacement must be stored.
  expect(await write(store, tokens(2_000, commit))).toMatchObject({ swapped: true })
  expect((await new FileTokenStore({ directory: disk.directory }).read('key'))?.value).toEqual(
    tokens(2_000, commit),
  )
  disk.empty('the rest')
  disk.empty()
  return 'leased'
}

const histories: Record<string, { before: number[]; lease: number; commit: number; rejectedUpTo: number }> = {
  'the first sign-in': { before: [], lease: 900, commit: 1_000, rejectedUpTo: 2 },
  'one write before': { before: [1_000], lease: 1_150, commit: 1_000, rejectedUpTo: -1 },
  'many writes before': {
    before: [900, 1_000, 900, 1_000, 900],
    lease: 1_100,
    commit: 1_000,
    rejectedUpTo: -1,
  },
  'tokens that have grown within their room': {
    before: [1_000, 1_000, 1_000],
    lease: 1_200,
    commit: 2_900,
    rejectedUpTo: -1,
  },
  'tokens that fill their room': {
    before: [3_500, 3_500, 3_500],
    lease: 3_800,
    commit: 6_000,
    rejectedUpTo: -1,
  },
  'tokens that had outgrown it': { before: [900, 900, 900], lease: 9_000, commit: 10_000, rejectedUpTo: 9 },
}

for (const [history, { before, lease, commit, rejectedUpTo }] of Object.entries(histories))
  asRoot(
    `${history}: with any number of free pages, the lease is rejected or its commit is stored`,
    async () => {
      const disk = smallDisk(64)
      const outcomes: string[] = []
      for (let free = 0; free <= 20; free++) {
        outcomes.push(await refresh(disk, free, before, lease, commit))
        disk.clear()
      }
      expect(outcomes).toEqual(outcomes.map((_, free) => (free <= rejectedUpTo ? 'rejected' : 'leased')))
    },
  )

asRoot('on a full disk, tokens can still be refreshed repeatedly', async () => {
  const disk = smallDisk(64)
  const store = new FileTokenStore({ directory: disk.directory })
  await write(store, tokens(0, 1_000))
  disk.fill(0)
  for (let n = 1; n <= 50; n++) expect(await write(store, tokens(n, 1_000))).toMatchObject({ swapped: true })
  await store.remove('key')
  expect(await store.read('key')).toBeUndefined()
})

asRoot(
  'whose spare file died with a writer is refused until there is room, and then has one again',
  async () => {
    const disk = smallDisk(64)
    const store = new FileTokenStore({ directory: disk.directory })
    for (let n = 0; n < 4; n++) await write(store, tokens(n, 1_000))
    const { path, names } = accountFolder(disk.directory)
    rmSync(
      join(
        path,
        names.find(name => name.endsWith('.spare'))!,
      ),
    )
    disk.fill(0)
    await expect(write(store, tokens(5, 1_000))).rejects.toThrow(
      /the disk is full: free some space \(ENOSPC\b/,
    )
    expect((await store.read('key'))?.value).toEqual(tokens(3, 1_000))
    disk.empty()
    await write(store, tokens(5, 1_000))
    disk.fill(0)
    for (let n = 6; n < 10; n++) expect(await write(store, tokens(n, 1_000))).toMatchObject({ swapped: true })
  },
)

const REFRESHES = ['8', '8']

asRoot('on a full ext4 disk, where no folder can be created, accounts are locked and refreshed', async () => {
  const disk = ext4Disk()
  const { directory } = disk
  const store = new FileTokenStore({ directory })
  for (let n = 1; n <= 8; n++) await store.compareAndSwap(`account ${n}`, undefined, { n: 0 })
  await (await store.locks!.acquire('account 1', { waitMs: 0 }))!.release()
  disk.fill(0)
  expect(() => mkdirSync(`${directory}/folder`)).toThrow(/ENOSPC/)
  // The last one is in a new scope, as after a restart of the system.
  for (const within of [[], [], ['unshare', '--net']])
    expect(await run('refreshes', [directory, ...REFRESHES], { within }).ended).toBe(0)
  for (let n = 1; n <= 8; n++) expect((await store.read(`account ${n}`))?.value).toEqual({ n: 3 })
})
