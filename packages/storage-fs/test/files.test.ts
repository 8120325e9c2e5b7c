// The files on the disk: readable JSON, private, and checked for damage.
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { LatchkeyError } from '@latchkey/core'
import { fakeClock } from '@latchkey/test-kit'
import { FileTokenStore, StoreCorruptError, StoreNewerError, StoreUnsafeError } from '../src/index.ts'
import { interceptFiles } from './intercepted-files.ts'
import { accountFolder, asRoot, run, temporaryFolder } from './support.ts'

const KEY = 'imgur/43652b743b5a7a0/default'

/** A store after `writes` writes; the first value is `{ n: 1 }`. */
async function written(writes: number, key = KEY) {
  const directory = temporaryFolder()
  const warnings: string[] = []
  const open = () => new FileTokenStore({ directory, logger: { warn: text => void warnings.push(text) } })
  const store = open()
  for (let n = 1; n <= writes; n++) await store.compareAndSwap(key, (await store.read(key))?.version, { n })
  const generations = () => accountFolder(directory).names.filter(name => name.endsWith('.json'))
  const file = (age: number): string => join(accountFolder(directory).path, generations().at(-1 - age)!)
  return { directory, store, open, warnings, file }
}

const rejection = (work: Promise<unknown>): Promise<LatchkeyError> =>
  work.then(
    () => Promise.reject(new Error('it did not reject')),
    (error: LatchkeyError) => error,
  )

test('a file is readable JSON and contains the whole key', async () => {
  const { directory, file } = await written(1)
  expect(readdirSync(join(directory, 'accounts'))).toEqual(['imgur%2f43652b743b5a7a0%2fdefault'])
  expect(JSON.parse(readFileSync(file(0), 'utf8'))).toEqual({
    v: 1,
    key: KEY,
    value: { n: 1 },
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(readFileSync(file(0), 'utf8').slice(0, 55)).toBe(`{\n  "v": 1,\n  "key": "${KEY}",\n `)
})

test('an account holds three files from the first write on, each of whole pages', async () => {
  for (const writes of [1, 2, 3, 10]) {
    const { directory } = await written(writes)
    const { path, names } = accountFolder(directory)
    expect(names).toHaveLength(3)
    expect(names.filter(name => name.endsWith('.json'))).toHaveLength(Math.min(writes, 2))
    for (const name of names) expect(lstatSync(join(path, name)).size).toBe(4_096)
  }
})

test.each(['000', '022', '077', '777'])('under umask %s files are 0600 and folders 0700', async umask => {
  const directory = join(temporaryFolder(), 'tokens')
  const program = run('writes', [directory, umask])
  expect(await program.line()).toBe('written')
  const seen = new Map<string, number>()
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const { mode } = lstatSync(join(entry.parentPath, entry.name))
    if (!entry.isSocket())
      expect([entry.name, mode & 0o777]).toEqual([entry.name, entry.isFile() ? 0o600 : 0o700])
    const kind = entry.isFile() ? 'files' : entry.isSocket() ? 'sockets' : 'folders'
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
  }
  expect(lstatSync(directory).mode & 0o777).toBe(0o700)
  expect(Object.fromEntries(seen)).toEqual({ files: 4, sockets: 1, folders: 9 })
})

describe('a newest file that is damaged', () => {
  const damage: Record<string, (path: string) => void> = {
    'is cut short': path => truncateSync(path, 40),
    'is empty': path => truncateSync(path, 0),
    'has a changed letter': path => {
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, text.replace('"n": 3', '"n": 4'))
    },
    'holds zeros': path => writeFileSync(path, Buffer.alloc(4_096)),
    'has something behind it': path => appendFileSync(path, '{}'),
    'was edited without its checksum': path => writeFileSync(path, '{ "v": 1, "key": "key", "value": 9 }'),
  }

  test.each(Object.entries(damage))('and %s is skipped, with one warning', async (_, spoil) => {
    const { open, warnings, file } = await written(3)
    spoil(file(0))
    const store = open()
    expect((await store.read(KEY))?.value).toEqual({ n: 2 })
    expect((await store.read(KEY))?.value).toEqual({ n: 2 })
    expect(warnings).toEqual([expect.stringMatching(/^store_corrupt: .*\.json is damaged/)])
  })

  test('keeps its number: the next write has a higher number and is read', async () => {
    const { directory, open, file } = await written(3)
    truncateSync(file(0), 10)
    const store = open()
    const { version } = (await store.read(KEY))!
    expect(await store.compareAndSwap(KEY, version, { n: 'after' })).toMatchObject({ swapped: true })
    expect((await open().read(KEY))?.value).toEqual({ n: 'after' })
    for (const n of ['again', 'and again'])
      expect((await store.compareAndSwap(KEY, (await store.read(KEY))?.version, { n })).swapped).toBe(true)
    expect(accountFolder(directory).names).toHaveLength(3)
  })

  test('without an intact one before it is an error, not an absent value; after a removal, writes work again', async () => {
    const { open, file } = await written(3)
    truncateSync(file(0), 10)
    truncateSync(file(1), 10)
    const store = open()
    for (const call of [() => store.read(KEY), () => store.compareAndSwap(KEY, undefined, 1)]) {
      const error = await rejection(call())
      expect(error).toBeInstanceOf(StoreCorruptError)
      expect(error.code).toBe('store_corrupt')
    }
    const listed: string[] = []
    for await (const key of store.keys()) listed.push(key)
    expect(listed).toEqual([KEY]) // its name tells it
    await store.remove(KEY)
    expect(await store.read(KEY)).toBeUndefined()
    expect((await store.compareAndSwap(KEY, undefined, 1)).swapped).toBe(true)
  })
})

test('a file of a newer format is rejected and not changed', async () => {
  const { open, file } = await written(2)
  const newer = '{\n  "v": 2,\n  "whatever": true\n}\n'
  writeFileSync(file(0), newer)
  const store = open()
  for (const call of [() => store.read(KEY), () => store.compareAndSwap(KEY, undefined, 1)]) {
    const error = await rejection(call())
    expect(error).toBeInstanceOf(StoreNewerError)
    expect(error.code).toBe('store_newer')
  }
  expect(readFileSync(file(0), 'utf8')).toBe(newer)
})

test("a folder that was copied to another account's name is rejected", async () => {
  const { directory, open } = await written(1)
  cpSync(accountFolder(directory).path, join(directory, 'accounts', 'other'), { recursive: true })
  expect(await rejection(open().read('other'))).toBeInstanceOf(StoreUnsafeError)
})

test('a restored backup is read, and earlier versions do not match it', async () => {
  const { directory, store, file } = await written(2)
  const [newest, before] = [file(0), file(1)].map(path => readFileSync(path))
  const { version } = (await store.read(KEY))!
  const [name] = [file(0)]
  writeFileSync(name!, before!)
  expect(newest).not.toEqual(before)
  expect((await store.read(KEY))?.value).toEqual({ n: 1 })
  expect((await store.compareAndSwap(KEY, version, { n: 3 })).swapped).toBe(false)
  expect(accountFolder(directory).names).toHaveLength(3)
})

describe('unsafe files are rejected with store_unsafe, and not changed:', () => {
  const refused = async (store: FileTokenStore): Promise<void> => {
    for (const call of [() => store.read(KEY), () => store.compareAndSwap(KEY, undefined, 1)]) {
      const error = await rejection(call())
      expect(error).toBeInstanceOf(StoreUnsafeError)
      expect(error.code).toBe('store_unsafe')
    }
  }

  test('a link instead of an account, to a folder or to nothing', async () => {
    for (const exists of [true, false]) {
      const { directory, open } = await written(1)
      const { path } = accountFolder(directory)
      const elsewhere = join(temporaryFolder(), 'elsewhere')
      if (exists) renameSync(path, elsewhere)
      else rmSync(path, { recursive: true })
      symlinkSync(elsewhere, path)
      const before = exists ? readdirSync(elsewhere) : []
      await refused(open())
      expect(exists ? readdirSync(elsewhere) : []).toEqual(before)
    }
  })

  test('a link instead of a file, and a folder', async () => {
    const { open, file } = await written(1)
    const elsewhere = join(temporaryFolder(), 'elsewhere')
    copyFileSync(file(0), elsewhere)
    const path = file(0)
    rmSync(path)
    symlinkSync(elsewhere, path)
    await refused(open())
    rmSync(path)
    mkdirSync(path)
    await refused(open())
  })

  test('a spare file that is a link: its target is not written to', async () => {
    const { directory, open } = await written(3)
    const { path, names } = accountFolder(directory)
    const spare = join(
      path,
      names.find(name => name.endsWith('.spare'))!,
    )
    const victim = join(temporaryFolder(), 'victim')
    writeFileSync(victim, 'x'.repeat(5_000))
    rmSync(spare)
    symlinkSync(victim, spare)
    const store = open()
    const { version } = (await store.read(KEY))!
    await store.compareAndSwap(KEY, version, { n: 4 }).catch(() => undefined)
    expect(readFileSync(victim, 'utf8')).toBe('x'.repeat(5_000))
  })

  test('a link or a file instead of the accounts folder', async () => {
    const { directory, open } = await written(1)
    const accounts = join(directory, 'accounts')
    const elsewhere = join(temporaryFolder(), 'elsewhere')
    renameSync(accounts, elsewhere)
    symlinkSync(elsewhere, accounts)
    await refused(open())
    rmSync(accounts)
    writeFileSync(accounts, '')
    await refused(open())
  })

  test('files and folders that are accessible to others', async () => {
    for (const mode of [0o640, 0o604, 0o666]) {
      const { open, file } = await written(1)
      chmodSync(file(0), mode)
      await refused(open())
    }
    for (const mode of [0o750, 0o705, 0o777]) {
      const { directory, open } = await written(1)
      chmodSync(accountFolder(directory).path, mode)
      await refused(open())
    }
    const { directory, open } = await written(1)
    chmodSync(directory, 0o777)
    await refused(open())
    chmodSync(directory, 0o1777) // sticky: nobody can take away what is ours
    expect((await open().read(KEY))?.value).toEqual({ n: 1 })
    chmodSync(directory, 0o755)
    expect((await open().read(KEY))?.value).toEqual({ n: 1 })
  })

  asRoot("another user's file, account and directory", async () => {
    const theirs = async (
      path: (directory: string, file: (age: number) => string) => string,
    ): Promise<void> => {
      const { directory, open, file } = await written(1)
      chownSync(path(directory, file), 12_345, 12_345)
      await refused(open())
    }
    await theirs((_, file) => file(0))
    await theirs(directory => accountFolder(directory).path)
    await theirs(directory => join(directory, 'accounts'))
    await theirs(directory => directory)
  })
})

test('a listing opens no file of an account whose value does not expire', async () => {
  const directory = temporaryFolder({ inMemory: true })
  const opened: string[] = []
  const clock = fakeClock()
  const fs = interceptFiles(({ name, path }) => {
    if (name === 'open' && path.includes('/accounts/'))
      opened.push(decodeURIComponent(path.split('/').at(-2)!))
  })
  const store = new FileTokenStore({ directory, fs, clock })
  const list = async () => {
    opened.length = 0
    const keys: string[] = []
    for await (const key of store.keys()) keys.push(key)
    return { keys: keys.sort(), opened: [...new Set(opened)].sort() }
  }
  const write = async (key: string, expiresAtMs?: number) =>
    store.compareAndSwap(key, (await store.read(key))?.version, 1, expiresAtMs ? { expiresAtMs } : {})
  const soonMs = clock.nowMs() + 1_000
  await write('lasting')
  await write('lasting')
  await write('pending', soonMs)
  await write('limited')
  await write('limited', soonMs)
  await write('removed')
  await store.remove('removed')
  expect(await list()).toEqual({ keys: ['lasting', 'limited', 'pending'], opened: ['limited', 'pending'] })
  await clock.advance(1_000)
  expect(await list()).toEqual({ keys: ['lasting'], opened: ['limited', 'pending'] })
  await write('pending')
  expect((await list()).keys).toEqual(['lasting', 'pending'])
})

test('foreign files in the accounts folder are ignored', async () => {
  const { directory, store } = await written(1)
  writeFileSync(join(directory, 'accounts', '.DS_Store'), 'theirs')
  const listed: string[] = []
  for await (const key of store.keys()) listed.push(key)
  expect(listed).toEqual([KEY])
  expect(readFileSync(join(directory, 'accounts', '.DS_Store'), 'utf8')).toBe('theirs')
})

test('wrong arguments are TypeErrors that name them, and change nothing', async () => {
  const { store } = await written(1)
  const wrong = [
    [() => store.read(7 as unknown as string), /key/],
    [() => store.compareAndSwap('other', undefined, undefined as unknown as null), /value/],
    [() => store.compareAndSwap('other', undefined, 1, { expiresAtMs: NaN }), /expiresAtMs/],
    [() => store.locks!.acquire(undefined as unknown as string, { waitMs: 0 }), /key/],
  ] as const
  for (const [call, name] of wrong) {
    const error = await rejection(call())
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch(name)
  }
  expect(await store.read('other')).toBeUndefined()
})
