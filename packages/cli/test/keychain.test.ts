// `latchkey config keychain` without a keychain: no fallback. test/system has a real one.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from '@jest/globals'
import { eachTestHasAUser, home } from './one-user.ts'
import { run } from './support.ts'

let file: string
let store: string

eachTestHasAUser({})
beforeEach(() => {
  file = join(home.path, 'config/latchkey/config.json')
  store = join(home.path, 'data/latchkey')
})

const signIn = () => run(['login', '--with-token'], { ...home, input: 'secret-access-token\n' })

function configure(configuration: object): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o600 })
}

const UNREACHABLE =
  /^the keychain cannot be used: start a Secret Service in this session, such as gnome-keyring or KeePassXC, and unlock it \(.*\)\n/

test('without a Secret Service, on fails, says what to do, and changes nothing', async () => {
  expect((await signIn()).exitCode).toBe(0)
  const before = readFileSync(file, 'utf8')
  const on = await run(['config', 'keychain', 'on'], home)
  expect([on.exitCode, on.stdout]).toEqual([8, ''])
  expect(on.stderr).toMatch(UNREACHABLE)
  expect(readFileSync(file, 'utf8')).toBe(before)
  expect((await run(['token'], home)).stdout).toBe('secret-access-token\n')
  expect((await run(['config', 'keychain'], home)).stdout).toBe(`The keychain is off for ${store}.\n`)
})

test.each([['token'], ['status'], ['login'], ['accounts'], ['logout', '--local']])(
  'while it is on, %s %s fails without a Secret Service: there is no fallback to plain files',
  async (...command) => {
    mkdirSync(store, { recursive: true })
    configure({ keychain: { [store]: 'on' } })
    const { exitCode, stdout, stderr } = await run(command, home)
    expect([exitCode, stdout]).toEqual([8, ''])
    expect(stderr).toMatch(UNREACHABLE)
    expect(existsSync(join(home.path, 'opened/html'))).toBe(false)
  },
)

test('doctor reports it', async () => {
  mkdirSync(store, { recursive: true })
  configure({ keychain: { [store]: 'on' } })
  const { exitCode, stdout } = await run(['doctor'], home)
  expect(exitCode).toBe(9)
  expect(stdout).toMatch(
    /^!! store: files in .*, encrypted with a key in the keychain: the keychain cannot be used: start/m,
  )
})

test('off without a key changes nothing and needs no keychain', async () => {
  await signIn()
  const before = readFileSync(file, 'utf8')
  const { exitCode, stdout } = await run(['config', 'keychain', 'off', '--json'], home)
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, { keychain: 'off', directory: store, accounts: 0 }])
  expect(readFileSync(file, 'utf8')).toBe(before)
})

test.each([
  [['config'], "what to configure? Use 'config keychain on' or 'config keychain off'"],
  [['config', 'keychain', 'yes'], 'what to configure?'],
  [['config', 'keychain', 'off', '--new-key'], '--new-key is an option of: config keychain on'],
])('%j is wrong usage', async (words, message) => {
  const { exitCode, stderr } = await run(words, home)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
})

test('an unknown state in the file is an error that names it', async () => {
  configure({ keychain: { [store]: 'maybe' } })
  const { exitCode, stderr } = await run(['token'], home)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(`keychain, ${store} must be one of turning-on, on, turning-off`)
})
