// One look at a store's files says what the store says, or nothing.
import { chmod, readdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { FileTokenStore, peek } from '../src/index.ts'
import { temporaryFolder } from './support.ts'

const KEY = 'imgur/43652b743b5a7a0/somebody'

async function stored(value: string, expiresAtMs?: number) {
  const directory = temporaryFolder()
  const store = new FileTokenStore({ directory, logger: { warn() {} } })
  await store.compareAndSwap(KEY, undefined, 'before')
  const before = await store.read(KEY)
  await store.compareAndSwap(KEY, before!.version, value, expiresAtMs === undefined ? {} : { expiresAtMs })
  const accounts = join(directory, 'accounts')
  const folder = join(accounts, (await readdir(accounts))[0]!)
  const newest = (await readdir(folder))
    .filter(name => name.endsWith('.json'))
    .sort()
    .at(-1)!
  return { directory, store, folder, file: join(folder, newest) }
}

test('it is what the store reads', async () => {
  const { directory, store } = await stored('ä value \u{1f511}')
  expect(peek(directory, KEY)).toBe('ä value \u{1f511}')
  expect((await store.read(KEY))!.value).toBe('ä value \u{1f511}')
})

test('nothing where there is nothing: no store, another key, an expired value, a removed one', async () => {
  const { directory, store } = await stored('value')
  expect(peek(`${directory}-elsewhere`, KEY)).toBeUndefined()
  expect(peek(directory, `${KEY}-else`)).toBeUndefined()
  await store.remove(KEY)
  expect(peek(directory, KEY)).toBeUndefined()
  expect(peek((await stored('value', Date.now() - 1)).directory, KEY)).toBeUndefined()
})

test.each<[string, (at: { folder: string; file: string; directory: string }) => Promise<unknown>]>([
  ['a file that is open to others', ({ file }) => chmod(file, 0o644)],
  ['a folder that is open to others', ({ folder }) => chmod(folder, 0o755)],
  ['a directory that others can write to', ({ directory }) => chmod(directory, 0o777)],
  ['a link', ({ file }) => rename(file, `${file}-moved`).then(() => symlink(`${file}-moved`, file))],
  ['a damaged file', ({ file }) => writeFile(file, '{ "v": 1, "value": "other" }')],
  ['a file of another format', ({ file }) => writeFile(file, '{ "v": 2 }')],
])('nothing of %s: the store says what it is', async (_, meddle) => {
  const at = await stored('value')
  await meddle(at)
  expect(peek(at.directory, KEY)).toBeUndefined()
})
