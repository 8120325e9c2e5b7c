// `readValueSync` returns what the store reads, or nothing.
import * as fs from 'node:fs'
import { chmod, readdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, jest, test } from '@jest/globals'
import { encode } from '../src/files/generation.ts'
import { FileTokenStore, readValueSync } from '../src/index.ts'
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

test('it returns what the store reads', async () => {
  const { directory, store } = await stored('ä value \u{1f511}')
  expect(readValueSync(directory, KEY)).toBe('ä value \u{1f511}')
  expect((await store.read(KEY))!.value).toBe('ä value \u{1f511}')
})

test('undefined for no store, another key, an expired value and a removed one', async () => {
  const { directory, store } = await stored('value')
  expect(readValueSync(`${directory}-elsewhere`, KEY)).toBeUndefined()
  expect(readValueSync(directory, `${KEY}-else`)).toBeUndefined()
  await store.remove(KEY)
  expect(readValueSync(directory, KEY)).toBeUndefined()
  expect(readValueSync((await stored('value', Date.now() - 1)).directory, KEY)).toBeUndefined()
})

test.each<[string, (at: { folder: string; file: string; directory: string }) => Promise<unknown>]>([
  ['a file that is accessible to others', ({ file }) => chmod(file, 0o644)],
  ['a folder that is accessible to others', ({ folder }) => chmod(folder, 0o755)],
  ['a directory that others can write to', ({ directory }) => chmod(directory, 0o777)],
  ['a link', ({ file }) => rename(file, `${file}-moved`).then(() => symlink(`${file}-moved`, file))],
  ['a damaged file', ({ file }) => writeFile(file, '{ "v": 1, "value": "other" }')],
  ['a file of another format', ({ file }) => writeFile(file, '{ "v": 2 }')],
])('undefined for %s, for which the store rejects', async (_, meddle) => {
  const at = await stored('value')
  await meddle(at)
  expect(readValueSync(at.directory, KEY)).toBeUndefined()
})

test('undefined when others write while it reads, and the file that it opened holds a text that is only prepared', async () => {
  const { directory, file } = await stored('value')
  const readFileSync = (...args: Parameters<typeof fs.readFileSync>) => {
    fs.renameSync(file, `${file}-prepared`)
    fs.writeFileSync(`${file}-prepared`, encode({ key: KEY, value: 'prepared' }))
    return fs.readFileSync(...args)
  }
  jest.unstable_mockModule('node:fs', () => ({ ...fs, readFileSync }))
  const { readValueSync: interrupted } = await import('../src/read-value-sync.ts?interrupted' as string)
  expect(interrupted(directory, KEY)).toBeUndefined()
})
