// Names, stored values, and the words of servers come from outside. None of them controls a terminal or forges a line.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Client, defineProvider } from '@latchkey/core'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { clean } from '../src/clean.ts'
import { wrap } from '../src/terminal.ts'
import { type Home, makeHome, run, stopAll } from './support.ts'

/** Clears the screen (C0 and C1), reverses text, forges a line, hides text, and ends with half of a character. */
const HOSTILE = 'x\u001b[2J\u009b2J\u202etxt\nok token: valid\u2028\u0007\r\u200b\u{e0041}\ud800'
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
/** Other than U+001B and line feed, which our own styles and lines use. */
const isSafe = (text: string): boolean => !UNSAFE.test(text.replaceAll('\n', ''))

test('clean escapes every unsafe character of Unicode, and nothing else; JSON keeps its value', () => {
  const wrong = []
  for (let code = 0; code <= 0x10_ffff; code++) {
    const character = String.fromCodePoint(code)
    const isEscaped = clean(character) !== character
    if (isEscaped !== UNSAFE.test(character) || !isSafe(clean(character))) wrong.push(code)
    else if (isEscaped && JSON.parse(clean(JSON.stringify(character))) !== character) wrong.push(code)
  }
  expect(wrong).toEqual([])
})

describe('stored values and names', () => {
  let emulator: Emulator
  let home: Home

  beforeEach(async () => {
    emulator = await startEmulator()
    home = makeHome(emulator, { ACME_CLIENT_ID: 'id' })
    const provider = defineProvider({ name: 'acme', tokenEndpoint: 'http://127.0.0.1:1/token' })
    const store = new FileTokenStore({ directory: join(home.path, 'data/latchkey') })
    for (const account of ['default', 'right\u202eleft']) {
      await using client = new Client({ client_id: 'id', provider, store, account })
      await client.import({ access_token: 'a', token_type: 'Bearer', account_username: HOSTILE })
    }
    mkdirSync(join(home.path, 'config/latchkey'), { recursive: true })
    const description = { name: 'acme', tokenEndpoint: 'http://127.0.0.1:1/token' }
    const providers = { acme: { description }, [HOSTILE]: { description, options: { [HOSTILE]: HOSTILE } } }
    writeFileSync(join(home.path, 'config/latchkey/config.json'), JSON.stringify({ providers }), {
      mode: 0o600,
    })
  })
  afterEach(async () => {
    stopAll()
    await emulator.close()
    home.remove()
  })

  test.each([
    [['accounts']],
    [['doctor', '--provider', 'acme']],
    [['whoami', '--provider', 'acme']],
    [['token', '--provider', 'acme', '--account', 'not\u202ethere']],
    [['token', '--provider', HOSTILE]],
    [['token', '--account', HOSTILE]],
    [['token', '--store', HOSTILE]],
    [['login', HOSTILE]],
    [['login', `--option=${HOSTILE}`]],
    [[HOSTILE]],
    [['token', `--${HOSTILE}`]],
    [['completion', HOSTILE]],
  ])('%j prints no unsafe character, as text and as JSON', async args => {
    const words = args.map(word => word.replaceAll('\ud800', ''))
    const [plain, json] = await Promise.all([run(words, home), run([...words, '--json'], home)])
    for (const { stdout, stderr } of [plain, json]) {
      expect(stdout + stderr).not.toBe('')
      expect([isSafe(stdout), isSafe(stderr)]).toEqual([true, true])
      expect(stdout + stderr).not.toMatch(/^ok token/m)
    }
    JSON.parse(json.stdout)
  })
})

test.each([
  [
    'one two three four five six seven eight nine ten',
    ['one two three four five six seven eight nine', 'ten'],
  ],
  [
    'Nothing was saved. Correct the client. Start again with: latchkey login --account a',
    ['Nothing was saved. Correct the client. Start', 'again with:', 'latchkey login --account a'],
  ],
  ['See: latchkey --help', ['See: latchkey --help']],
  [`${'x'.repeat(60)} y`, ['x'.repeat(60), 'y']],
])('%j is wrapped at words, and a command is not', (text, lines) => {
  expect(wrap(text, 44)).toBe(lines.join('\n'))
})
