// `latchkey config keychain` on a real Secret Service: gnome-keyring in a D-Bus session of its own.
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type SecretService, startSecretService } from '../../../adapters/test/secret-service.ts'
import { eachTestHasAUser, home } from '../one-user.ts'
import { COMMAND, run, start, startProgram } from '../support.ts'

jest.setTimeout(600_000)

let session: SecretService
let env: Readonly<Record<string, string>>

eachTestHasAUser({})
beforeEach(async () => {
  await startSession()
})
afterEach(async () => {
  await session.stop()
})

async function startSession(): Promise<void> {
  session = await startSecretService(home.path)
  env = { ...session.env, ...home.env }
}

const latchkey = (...words: readonly string[]) => run(words, { env })
const signIn = (account: string) =>
  run(['login', '--with-token', '--account', account], { env, input: `token-of-${account}\n` })
const store = (): string => join(home.path, 'data/latchkey')
const configuration = (): { keychain?: Record<string, string> } =>
  JSON.parse(readFileSync(join(home.path, 'config/latchkey/config.json'), 'utf8')) as object

/** Returns the contents of every file of the store. */
const contents = (): string =>
  readdirSync(store(), { recursive: true, encoding: 'utf8' })
    .map(name => join(store(), name))
    .filter(path => statSync(path, { throwIfNoEntry: false })?.isFile())
    .map(path => readFileSync(path, 'latin1'))
    .join('\n')

/** Checks that every account still works. */
async function expectTokens(...accounts: readonly string[]): Promise<void> {
  for (const account of accounts)
    expect(await latchkey('token', '--account', account)).toMatchObject({
      exitCode: 0,
      stdout: `token-of-${account}\n`,
    })
}

test('on encrypts every account and leaves no token in any file; off is the way back', async () => {
  await signIn('one')
  await signIn('two')
  expect(contents()).toContain('token-of-one')

  const on = await latchkey('config', 'keychain', 'on')
  expect([on.exitCode, on.stdout]).toEqual([
    0,
    `The tokens in ${store()} are encrypted with a key in the keychain. Commands fail when it cannot be used (2 accounts).\n`,
  ])
  expect(configuration().keychain).toEqual({ [store()]: 'on' })
  expect(contents()).not.toContain('token-of')
  await expectTokens('one', 'two')
  expect((await latchkey('status', '--account', 'one')).stdout).toContain(
    'encrypted with a key in the keychain',
  )
  expect((await latchkey('doctor')).stdout).toMatch(
    /^ok store: .*, encrypted with a key in the keychain, 2 accounts$/m,
  )
  await signIn('three')
  expect(contents()).not.toContain('token-of')
  expect((await latchkey('config', 'keychain')).stdout).toBe(`The keychain is on for ${store()}.\n`)

  expect((await latchkey('config', 'keychain', 'off')).exitCode).toBe(0)
  expect(configuration().keychain).toBeUndefined()
  await session.stop() // it is no longer needed
  await expectTokens('one', 'two', 'three')
})

test('a program reads the tokens with encrypted() and keychainKeys()', async () => {
  await signIn('one')
  await latchkey('config', 'keychain', 'on')
  const program = `
    import { Client, encrypted } from '@latchkey/core'
    import { keychainKeys } from '@latchkey/adapters/keychain'
    import { imgur } from '@latchkey/core'
    import { FileTokenStore } from '@latchkey/storage-fs'
    const files = new FileTokenStore()
    const store = encrypted(files, { keys: keychainKeys(files) })
    const provider = imgur({ baseUrl: process.env.IMGUR_URL })
    const client = new Client({ client_id: process.env.IMGUR_CLIENT_ID, account: 'one', provider, store })
    process.stdout.write(await client.accessToken())`
  const [node, ...options] = COMMAND
  const one = startProgram([node!, ...options.slice(0, -1), '--input-type=module', '--eval', program], {
    env: { ...env, HOME: import.meta.dirname },
  })
  expect(await one.exitCode).toBe(0)
  expect(one.stdout).toBe('token-of-one')
})

test.each(['on', 'off'])('%s that is killed leaves a store that works, and can be repeated', async state => {
  const names = ['a', 'b', 'c']
  for (const name of names) await signIn(name)
  if (state === 'off') await latchkey('config', 'keychain', 'on')
  for (const changes of [1, 8, 16]) {
    const one = start(['config', 'keychain', state], { env })
    await changesOf(join(store(), 'accounts'), changes, one.exitCode)
    one.process.kill('SIGKILL')
    await one.exitCode
    await expectTokens(...names)
  }
  expect((await latchkey('config', 'keychain', state)).exitCode).toBe(0)
  expect(configuration().keychain).toEqual(state === 'on' ? { [store()]: 'on' } : undefined)
  expect(contents().includes('token-of')).toBe(state === 'off')
  await expectTokens(...names)
})

/** Resolves after so many changes of files below a folder, or when `ended` is. */
async function changesOf(folder: string, count: number, ended: Promise<unknown>): Promise<void> {
  const changes = watch(folder, { recursive: true })
  try {
    for (let seen = 0; seen < count; seen += 1)
      if ((await Promise.race([once(changes, 'change'), ended.then(() => 'ended')])) === 'ended') return
  } finally {
    changes.close()
  }
}

test('a locked or lost key is an error; a new key and a sign-in bring the account back', async () => {
  await signIn('one')
  await latchkey('config', 'keychain', 'on')
  session.lock()
  const locked = await latchkey('token', '--account', 'one')
  expect([locked.exitCode, locked.stdout]).toEqual([8, ''])
  expect(locked.stderr).toMatch(
    /^the keychain cannot be used: start a Secret Service .* unlock it \(.*prompt/,
  )

  await session.stop()
  rmSync(join(home.path, '.local/share/keyrings'), { recursive: true })
  await startSession()
  const lost = await latchkey('token', '--account', 'one')
  expect([lost.exitCode, lost.stdout]).toEqual([8, ''])
  expect(lost.stderr).toContain('run: latchkey config keychain on --new-key')
  expect((await latchkey('config', 'keychain', 'off')).exitCode).toBe(8)

  expect((await latchkey('config', 'keychain', 'on', '--new-key')).exitCode).toBe(0)
  expect((await latchkey('token', '--account', 'one')).exitCode).toBe(8)
  expect((await latchkey('logout', '--local', '--account', 'one')).exitCode).toBe(0)
  await signIn('one')
  await expectTokens('one')
  expect(contents()).not.toContain('token-of')
})

test('a program that does not use the keychain writes plain tokens: on can be repeated', async () => {
  await signIn('one')
  await latchkey('config', 'keychain', 'on')
  // The same folder with another configuration file, which says nothing of the keychain.
  const other = { env: { ...env, LATCHKEY_CONFIG: join(home.path, 'other.json') } }
  const blind = await run(['token', '--account', 'one'], other)
  expect(blind.exitCode).toBe(8)
  expect(blind.stderr).toContain('Encrypt all of them with: latchkey config keychain on\n')
  await run(['login', '--with-token', '--account', 'two'], { ...other, input: 'token-of-two\n' })
  const plain = await latchkey('token', '--account', 'two')
  expect(plain.exitCode).toBe(8)
  expect(plain.stderr).toContain('Encrypt all of them with: latchkey config keychain on\n')
  expect((await latchkey('config', 'keychain', 'on')).exitCode).toBe(0)
  await expectTokens('one', 'two')
  expect(contents()).not.toContain('token-of')
})
