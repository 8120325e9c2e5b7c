// A process that pauses at any file system call and continues later destroys nothing that others did meanwhile:
// writes, removals, accounts created again.
import { link } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { Version } from '@latchkey/core/ports'
import { fakeClock } from '@latchkey/test-kit'
import { FileTokenStore } from '../src/index.ts'
import { interceptFiles } from './intercepted-files.ts'
import { accountFolder, temporaryFolder } from './support.ts'

const KEY = 'imgur/43652b743b5a7a0/default'

/** Adds 1 to the stored number; returns the new one, or `undefined` when another process was faster. */
async function add(store: FileTokenStore, key = KEY): Promise<number | undefined> {
  const current = await store.read(key)
  const sum = Number(current?.value ?? 0) + 1
  return (await store.compareAndSwap(key, current?.version, sum)).swapped ? sum : undefined
}

interface Nap {
  prepare(store: FileTokenStore, directory: string): Promise<void>
  /** `version` is the one before the pause. */
  sleeper(store: FileTokenStore, version: Version | undefined): Promise<unknown>
  others(store: FileTokenStore, directory: string): Promise<unknown>
  judge(store: FileTokenStore, did: unknown, others: unknown): Promise<void>
}

/** Pauses the sleeper before its `n`th call until the others are done; returns `false` if there is no such call. */
async function nap({ prepare, sleeper, others, judge }: Nap, n: number): Promise<boolean> {
  const directory = temporaryFolder({ inMemory: true })
  const clock = fakeClock()
  const wide = new FileTokenStore({ directory, clock })
  await prepare(wide, directory)
  const before = await wide.read(KEY)
  await clock.advance(1_000)

  let count = -1
  let wake = (): void => undefined
  let sleeps = (): void => undefined
  const asleep = new Promise<boolean>(resolve => (sleeps = () => resolve(true)))
  const morning = new Promise<void>(resolve => (wake = resolve))
  const fs = interceptFiles(() => {
    if (count < 0 || count++ !== n) return
    sleeps()
    return morning
  })
  const store = new FileTokenStore({ directory, clock, fs })
  await store.read('another key') // opens the directory
  count = 0
  const doing = sleeper(store, before?.version)
  const slept = await Promise.race([asleep, doing.then(() => false)])
  const done = slept ? await others(wide, directory) : undefined
  wake()
  const did = await doing
  if (slept) await judge(wide, did, done)
  await Promise.all([store.close(), wide.close()])
  if (slept && (await wide.read(KEY))) {
    // And the account is in order.
    for (let more = 0; more < 2; more++) await add(wide)
    const ends = accountFolder(directory, KEY).names.map(name => name.replace(/.*\./, ''))
    expect([n, ends.sort()]).toEqual([n, ['json', 'json', 'spare']])
  }
  return slept
}

const adds = (times: number) => async (store: FileTokenStore) => {
  for (let n = 0; n < times; n++) expect(await add(store)).toBeDefined()
}

/** The sum contains every addition, including the sleeper's if it was acknowledged. */
const sums =
  (before: number, others: number) =>
  async (store: FileTokenStore, did: unknown): Promise<void> => {
    expect((await store.read(KEY))?.value).toBe(before + others + (did === undefined ? 0 : 1))
  }

const is = (value: unknown) => async (store: FileTokenStore) => {
  expect((await store.read(KEY))?.value).toEqual(value)
}

const anew = async (store: FileTokenStore): Promise<void> => {
  await store.remove(KEY)
  expect((await store.compareAndSwap(KEY, undefined, 100)).swapped).toBe(true)
  await adds(3)(store)
}

const expiring = async (store: FileTokenStore): Promise<void> => {
  await store.compareAndSwap(KEY, undefined, 'pending', { expiresAtMs: Date.UTC(2026, 0, 2, 3, 4, 5) + 500 })
}

/** Makes an addition that stops before, or after, it is linked: the process died, or goes on later. */
async function addHalf(directory: string, isLinked: boolean): Promise<void> {
  let stop = (): void => undefined
  const stopped = new Promise<void>(resolve => (stop = resolve))
  let wasLinked = false
  const fs = interceptFiles(({ name }) => {
    if (isLinked ? !wasLinked : name !== 'link') {
      wasLinked = name === 'link'
      return
    }
    stop()
    return 'never'
  })
  void add(new FileTokenStore({ directory, fs }))
  await stopped
}

/** Links all files of an account elsewhere, as `cp -al` and rsync do for backups. */
async function backUp(directory: string): Promise<void> {
  const { path, names } = accountFolder(directory, KEY)
  const backup = temporaryFolder({ inMemory: true })
  for (const name of names) await link(join(path, name), join(backup, name))
}

const PAUSES: Record<string, Nap> = {
  'a writer, while another writes once': {
    prepare: adds(5),
    sleeper: store => add(store),
    others: adds(1),
    judge: sums(5, 1),
  },
  'a writer, while others write until nothing is left of what it read': {
    prepare: adds(5),
    sleeper: store => add(store),
    others: adds(6),
    judge: sums(5, 6),
  },
  'a writer of an account that a backup has linked, while another links its addition': {
    prepare: async (store, directory) => {
      await adds(5)(store)
      await backUp(directory)
    },
    sleeper: store => add(store),
    others: (_, directory) => addHalf(directory, true),
    judge: sums(5, 1),
  },
  'a writer, while the account is removed': {
    prepare: adds(5),
    sleeper: (store, version) => store.compareAndSwap(KEY, version, 'of the one before'),
    others: store => store.remove(KEY),
    judge: is(undefined),
  },
  'a writer, while the account is removed, created again and written to': {
    prepare: adds(5),
    sleeper: (store, version) => store.compareAndSwap(KEY, version, 'of the one before'),
    others: anew,
    judge: is(103),
  },
  'the first writer, while another writes first': {
    prepare: async store => void (await store.read(KEY)),
    sleeper: store => add(store),
    others: adds(4),
    judge: sums(0, 4),
  },
  'the first writer, while an account is created, removed and created again': {
    prepare: async store => void (await store.read(KEY)),
    sleeper: store => store.compareAndSwap(KEY, undefined, 'first'),
    others: anew,
    judge: is(103),
  },
  'a process that removes an expired account, while another writes to it': {
    prepare: expiring,
    sleeper: store => store.compareAndSwap('a new account', undefined, 1),
    others: async store => {
      expect((await store.compareAndSwap(KEY, undefined, 100)).swapped).toBe(true)
      await adds(3)(store)
    },
    judge: is(103),
  },
  'a process that overwrites an expired account, while another removes it': {
    prepare: expiring,
    sleeper: store => store.compareAndSwap(KEY, undefined, 7),
    others: store => store.compareAndSwap('a new account', undefined, 1),
    judge: is(7),
  },
}

describe('paused before any of its file system calls:', () => {
  test.each(Object.entries(PAUSES))('%s', async (_, scene) => {
    let n = 0
    while (await nap(scene, n)) n++
    expect(n).toBeGreaterThan(8)
  })
})

test('a read never finds the value absent, whatever others write during any of its calls', async () => {
  let n = 0
  const reads: Nap = {
    prepare: adds(5),
    sleeper: store => store.read(KEY).then(found => found?.value),
    others: adds(6),
    judge: async (_, did) => expect([5, 11]).toContain(did),
  }
  while (await nap(reads, n)) n++
  expect(n).toBeGreaterThan(3)
})

test.each([0, 1, 2, 3, 4, 5])(
  'a read never finds a value that is only prepared, whatever happens during any of its calls: %i additions and one unlinked',
  async times => {
    let n = 0
    const reads: Nap = {
      prepare: adds(5),
      sleeper: store => store.read(KEY).then(found => found?.value),
      others: async (store, directory) => {
        await adds(times)(store)
        await addHalf(directory, false)
      },
      judge: async (_, did) => expect([n, [5, 5 + times]]).toEqual([n, expect.arrayContaining([did])]),
    }
    while (await nap(reads, n)) n++
    expect(n).toBeGreaterThan(3)
  },
)
