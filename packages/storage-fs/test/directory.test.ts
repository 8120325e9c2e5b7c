import { mkdirSync, realpathSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { defaultDirectory, FileTokenStore } from '../src/index.ts'
import { run, temporaryFolder } from './support.ts'

test.each([
  ['linux', {}, '/home/ann', '/home/ann/.local/share/latchkey'],
  ['linux', { XDG_DATA_HOME: '/data' }, '/home/ann', '/data/latchkey'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ann', '/home/ann/.local/share/latchkey'],
  ['linux', { XDG_DATA_HOME: '' }, '/home/ann', '/home/ann/.local/share/latchkey'],
  ['freebsd', {}, '/home/ann', '/home/ann/.local/share/latchkey'],
  ['darwin', { XDG_DATA_HOME: '/data' }, '/Users/ann', '/Users/ann/Library/Application Support/latchkey'],
  ['win32', { APPDATA: 'D:\\Roaming' }, 'C:\\Users\\ann', 'D:\\Roaming\\latchkey'],
  ['win32', {}, 'C:\\Users\\ann', 'C:\\Users\\ann\\AppData\\Roaming\\latchkey'],
])('on %s with %j the default directory of %s is %s', (platform, env, home, directory) => {
  expect(defaultDirectory({ platform, env, home })).toBe(directory)
})

test("without a directory option, tokens are in the platform's folder", async () => {
  const home = temporaryFolder()
  const program = run('increments', ['', '"key"', '3'], {
    env: { HOME: home, XDG_DATA_HOME: join(home, 'data') },
  })
  await program.ended
  const store = new FileTokenStore({ directory: join(home, 'data', 'latchkey') })
  expect((await store.read('key'))?.value).toBe(3)
})

test('the path to the directory may contain links, and missing folders are created', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'real'))
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  const store = new FileTokenStore({ directory: join(folder, 'link', 'a', 'b') })
  await store.compareAndSwap('key', undefined, 1)
  expect(statSync(join(realpathSync(folder), 'real', 'a', 'b', 'accounts')).isDirectory()).toBe(true)
})

test('a place where no folder can be created is an error, at once', async () => {
  const store = new FileTokenStore({ directory: '/proc/nowhere/at/all' }) // Node's recursive mkdir never ends there
  await expect(store.read('key')).rejects.toThrow("the store's folder does not exist")
})

test.each(['', 7, null])('directory: %j is a TypeError that names it', directory => {
  expect(() => new FileTokenStore({ directory: directory as string })).toThrow(TypeError)
  expect(() => new FileTokenStore({ directory: directory as string })).toThrow(/directory/)
})
