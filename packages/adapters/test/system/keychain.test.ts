// The key in a real Secret Service: gnome-keyring in a D-Bus session of its own.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { runProgram } from '../run-program.ts'
import { type SecretService, startSecretService } from '../secret-service.ts'

let home: string
let store: string
let session: SecretService

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'latchkey-keychain-'))
  store = join(home, 'store')
  session = await startSecretService(home)
})
afterEach(async () => {
  await session.stop()
  rmSync(home, { recursive: true, force: true })
})

const program = (...words: readonly string[]) => runProgram(session.env, store, ...words)

/** Returns the contents of every file of the store. */
const contents = (): string =>
  readdirSync(store, { recursive: true, encoding: 'utf8' })
    .map(name => join(store, name))
    .filter(path => statSync(path).isFile())
    .map(path => readFileSync(path, 'latin1'))
    .join('\n')

const ERROR = (message: RegExp) => ({
  code: 'store_unavailable',
  isPermanent: true,
  message: expect.stringMatching(message),
})

test('another process reads what one has written; no file contains the value', async () => {
  expect(await program('write', 'key')).toBe(true)
  expect(await program('read')).toBe('key')
  expect(contents()).toContain('A256GCM')
  expect(contents()).not.toMatch(/"value":\s*"key"/)
})

test('the key survives the session', async () => {
  await program('write', 'key')
  await session.stop()
  session = await startSecretService(home)
  expect(await program('read')).toBe('key')
})

test('processes that start at once use one key', async () => {
  const names = Array.from({ length: 8 }, (_, n) => `key ${n}`)
  expect(await Promise.all(names.map(name => program('write', name)))).toEqual(names.map(() => true))
  await program('write', 'key')
  const kids = [...contents().matchAll(/kid\W+([\w-]{12})/g)].map(([, kid]) => kid)
  expect(kids.length).toBeGreaterThan(names.length)
  expect(new Set(kids).size).toBe(1)
  expect(await program('count')).toBe(1)
})

test('a locked keychain is an error, and no other key is created', async () => {
  await program('write', 'key')
  const before = contents()
  session.lock()
  expect(await program('read')).toEqual(
    ERROR(/^the keychain cannot be used: start a Secret Service .* unlock it \(.*prompt/),
  )
  expect(contents()).toBe(before)
})

test('a lost key is an error; a new one makes the store writable again', async () => {
  await program('write', 'key')
  await session.stop()
  rmSync(join(home, '.local/share/keyrings'), { recursive: true })
  session = await startSecretService(home)
  expect(await program('write', 'other')).toEqual(ERROR(/^the keychain of this user has no key/))
  await program('replace')
  expect(await program('write', 'other')).toBe(true)
  expect(await program('read')).toMatchObject({ code: 'decryption_failed' })
})
