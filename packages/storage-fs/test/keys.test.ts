import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { KeysError, keysFromEnvironment, keysFromFile } from '../src/index.ts'
import { asRoot, temporaryFolder } from './support.ts'

const VARIABLE = 'LATCHKEY_TEST_KEYS'
afterEach(() => void delete process.env[VARIABLE])

const keys = [randomBytes(32), randomBytes(32), randomBytes(32)]
const [hex, base64, base64url] = [
  keys[0]!.toString('hex'),
  keys[1]!.toString('base64'),
  keys[2]!.toString('base64url'),
]
const expected = keys.map(key => new Uint8Array(key))

function keyFile(text: string, mode = 0o600): string {
  const path = join(temporaryFolder(), 'keys')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** The error message, which must not contain a key. */
async function rejection(getKeys: () => Promise<Uint8Array[]>, secret = hex): Promise<string> {
  const error = await getKeys().then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(KeysError)
  expect((error as KeysError).code).toBe('keys_invalid')
  expect(JSON.stringify([(error as Error).message, error, (error as Error).cause])).not.toContain(secret)
  return (error as Error).message
}

test('keys come from a variable in hexadecimal, base64 and base64url, in their order', async () => {
  process.env[VARIABLE] = ` ${hex},${base64}\n${base64url} `
  expect(await keysFromEnvironment(VARIABLE)()).toEqual(expected)
  process.env[VARIABLE] = hex.toUpperCase()
  expect(await keysFromEnvironment(VARIABLE)()).toEqual([expected[0]])
})

test('keys come from a file with comments, and each call reads it again', async () => {
  const path = keyFile(`# the newest first\n${hex}  # since May\n\n${base64}\n`)
  const getKeys = keysFromFile(path)
  expect(await getKeys()).toEqual(expected.slice(0, 2))
  writeFileSync(path, base64url)
  expect(await getKeys()).toEqual(expected.slice(2))
})

test.each([
  ['too short', hex.slice(2)],
  ['too long', `${hex}00`],
  ['no hexadecimal', `${hex.slice(1)}g`],
  ['base64 of 31 bytes', randomBytes(31).toString('base64')],
  ['base64 of 33 bytes', randomBytes(33).toString('base64')],
])('a key that is %s is rejected and not shown', async (_, key) => {
  process.env[VARIABLE] = `${base64} ${key}`
  expect(await rejection(keysFromEnvironment(VARIABLE), key)).toMatch(
    /^key 2 of 2 in the environment variable/,
  )
  expect(await rejection(keysFromFile(keyFile(key)), key)).toMatch(/^key 1 of 1 in /)
})

test('a missing and an empty variable are rejected', async () => {
  expect(await rejection(keysFromEnvironment(VARIABLE))).toMatch(/not set/)
  process.env[VARIABLE] = ' '
  expect(await rejection(keysFromEnvironment(VARIABLE))).toMatch(/contains no key/)
  expect(await rejection(keysFromFile(keyFile('# none\n')))).toMatch(/contains no key/)
})

test.each([0o640, 0o604, 0o660, 0o644, 0o700, 0o777])('a file of mode %o is rejected', async mode => {
  expect(await rejection(keysFromFile(keyFile(hex, mode)))).toMatch(/is accessible to others/)
})

test.each([0o600, 0o400])('a file of mode %o is accepted', async mode => {
  expect(await keysFromFile(keyFile(hex, mode))()).toEqual([expected[0]])
})

test('a link is followed, and its target checked', async () => {
  const link = join(temporaryFolder(), 'link')
  symlinkSync(keyFile(hex), link)
  expect(await keysFromFile(link)()).toEqual([expected[0]])
  const wide = join(temporaryFolder(), 'link')
  symlinkSync(keyFile(hex, 0o644), wide)
  expect(await rejection(keysFromFile(wide))).toMatch(/is accessible to others/)
})

test('a missing file, a folder and a file that is too large are rejected', async () => {
  const folder = temporaryFolder()
  expect(await rejection(keysFromFile(join(folder, 'none')))).toMatch(/ENOENT/)
  mkdirSync(join(folder, 'folder'))
  expect(await rejection(keysFromFile(join(folder, 'folder')))).toMatch(/is not a file/)
  expect(await rejection(keysFromFile(keyFile(`${hex} `.repeat(2_000))))).toMatch(/too large/)
})

asRoot("another user's file is rejected", async () => {
  const path = keyFile(hex)
  chownSync(path, 12_345, 12_345)
  expect(await rejection(keysFromFile(path))).toMatch(/belongs to user 12345/)
})

test.each(['', undefined])('an argument that is %j is a TypeError', argument => {
  expect(() => keysFromEnvironment(argument as string)).toThrow(TypeError)
  expect(() => keysFromFile(argument as string)).toThrow(TypeError)
})
