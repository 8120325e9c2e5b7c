// Every file system call of an operation fails once, in every possible way. Afterwards the old or the new value is
// stored, and the next operation works.
import { globSync, linkSync, lstatSync, promises, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import { StoreError } from '@latchkey/core'
import { accountFolder, temporaryFolder } from './support.ts'
import { type Call, type Fate, interceptFiles, systemError } from './intercepted-files.ts'
import { KEY, open, type Scene, SCENES, write } from './scenarios.ts'

const CODES = ['EIO', 'ENOSPC', 'EMFILE']

/** Runs `scene` with the given `fate` of its `n`th call; returns that call, if there was one. */
async function play(scene: Scene, n: number, fate: (call: Call) => Fate) {
  const directory = temporaryFolder({ inMemory: true })
  const prepared = open(directory)
  await scene.prepare(prepared)
  let count = -1
  let met: Call | undefined
  const fs = interceptFiles(call => {
    if (count < 0 || count++ !== n) return
    met = call
    return fate(call)
  })
  const store = open(directory, fs)
  await store.read('another key') // opens the directory
  count = 0
  const error = await scene.act(store).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  count = -1
  return { directory, store, met, error }
}

async function judge(scene: Scene, { directory, store, met, error }: Awaited<ReturnType<typeof play>>) {
  const where = `${met?.name} ${met?.path.replace(directory, '')}`
  const found = (await store.read(KEY))?.value
  if (error) expect([where, [scene.before, scene.after]]).toEqual([where, expect.arrayContaining([found])])
  else expect([where, found]).toEqual([where, scene.after])

  const last = { last: true }
  await write(store, last)
  expect((await open(directory).read(KEY))?.value).toEqual(last)
  const [spares, generations, rest] = ['.spare', '.json', '.tmp'].map(
    end => accountFolder(directory).names.filter(name => name.endsWith(end)).length,
  )
  expect([where, rest]).toEqual([where, 0])
  expect([where, spares! + generations!]).toEqual([where, 3])
  await store.close()
}

test.each(Object.entries(SCENES))('%s: whichever call fails, with whatever error', async (_, scene) => {
  for (const code of CODES) {
    let n = 0
    for (; ; n++) {
      const played = await play(scene, n, call => {
        throw systemError(code, call)
      })
      if (!played.met) break
      if (played.error) {
        expect(played.error).toBeInstanceOf(StoreError)
        expect(played.error).toMatchObject({ code: 'store_unavailable', cause: { code } })
      }
      await judge(scene, played)
    }
    expect(n).toBeGreaterThan(8)
  }
})

test.each(
  Object.keys(SCENES).flatMap(name =>
    (['response lost', 'repeated'] as const).map(fate => [name, fate] as const),
  ),
)('%s: whichever call is made, but reports a failure: %s', async (name, fate) => {
  const scene = SCENES[name]!
  let n = 0
  for (; ; n++) {
    const played = await play(scene, n, call => (call.name === 'open' ? undefined : fate))
    if (!played.met) break
    expect([played.met.name, String(played.error)]).toEqual([
      played.met.name,
      expect.not.stringContaining('refused'),
    ])
    // The next write overwrites a spare, which must not be a generation too.
    for (const spare of globSync('accounts/*/*.spare', { cwd: played.directory }))
      expect([played.met.name, lstatSync(join(played.directory, spare)).nlink]).toEqual([played.met.name, 1])
    await judge(scene, played)
  }
  expect(n).toBeGreaterThan(8)
})

test.each(Object.entries(SCENES))('%s: partial writes are continued', async (_, scene) => {
  for (const part of [1, 4_095]) {
    let n = 0
    for (; ; n++) {
      const played = await play(scene, n, ({ bytes }) =>
        bytes === undefined ? undefined : Math.min(part, bytes),
      )
      if (!played.met) break
      expect(played.error).toBeUndefined()
      await judge(scene, played)
    }
  }
})

test('a rejected call leaves no file behind', async () => {
  const { directory, error } = await play(SCENES['the first write']!, 5, call => {
    throw systemError('ENOSPC', call)
  })
  expect((error as Error).message).toMatch(
    /^cannot write "imgur.*: the disk is full: free some space \(ENOSPC \/.*\)$/,
  )
  expect(readdirSync(join(directory, 'accounts'))).toEqual([])
  expect(readdirSync(join(directory, 'new'))).toEqual([])
})

test('a link whose response was lost, as on NFS, counts as made', async () => {
  const directory = temporaryFolder({ inMemory: true })
  await write(open(directory), 1)
  const link: typeof promises.link = async (from, to) => {
    await promises.link(from, to)
    throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' })
  }
  const store = open(directory, { ...promises, link })
  for (const n of [2, 3, 4]) await write(store, n)
  expect((await open(directory).read(KEY))?.value).toBe(4)
})

test('files that a backup has linked are not overwritten, and not taken for ours', async () => {
  const directory = temporaryFolder({ inMemory: true })
  const backup = temporaryFolder({ inMemory: true })
  for (const n of [1, 2, 3]) await write(open(directory), n)
  const { path, names } = accountFolder(directory)
  for (const name of names) linkSync(join(path, name), join(backup, name))
  const before = names.map(name => readFileSync(join(backup, name), 'utf8'))
  for (const n of [4, 5, 6]) await write(open(directory), n)
  expect(names.map(name => readFileSync(join(backup, name), 'utf8'))).toEqual(before)
  const now = accountFolder(directory).names.map(name => lstatSync(join(path, name)).nlink)
  expect(now).toEqual([1, 1, 1])
})

test('confirm syncs the name of the account, too: its creator may have died before it did', async () => {
  const directory = temporaryFolder({ inMemory: true })
  await write(open(directory), 1)
  const synced: string[] = []
  const fs = interceptFiles(({ name, path }) => void (name === 'sync' && synced.push(path)))
  await open(directory, fs).confirm(KEY)
  const { path } = accountFolder(directory)
  expect(synced).toEqual(expect.arrayContaining([path, dirname(path)]))
})
