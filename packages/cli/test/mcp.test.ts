// `latchkey mcp` before anybody has signed in; test/system/mcp.test.ts has the rest.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import type { TokenRecord } from '@latchkey/core/keeper'
import { howToSignIn } from '../src/record-commands.ts'
import { settingsOf } from '../src/settings.ts'
import { type Home, makeHome, run } from './support.ts'

const URL_OF_SERVER = 'https://mcp.example/mcp'
let emulator: Emulator
let home: Home

beforeAll(async () => {
  emulator = await startEmulator()
  home = makeHome(emulator)
})
afterAll(async () => {
  await emulator.close()
  home.remove()
})

test('nobody has signed in: exit code 3, nothing on stdout, and a command that helps', async () => {
  const header = await run(['mcp', 'header', URL_OF_SERVER], home)
  expect([header.exitCode, header.stdout]).toEqual([3, ''])
  expect(header.stderr).toBe(
    `nobody has signed in to ${URL_OF_SERVER}\nSign in with: latchkey mcp login ${URL_OF_SERVER}\n`,
  )
  const json = await run(['mcp', 'header', URL_OF_SERVER, '--json'], home)
  expect(JSON.parse(json.stdout)).toEqual({
    error: {
      code: 'signed_out',
      message: `nobody has signed in to ${URL_OF_SERVER}`,
      hint: `Sign in with: latchkey mcp login ${URL_OF_SERVER} --json`,
    },
  })
})

test.each([
  [[], "which server? Use 'mcp login https://...'"],
  [['login', 'https://mcp.example/\u001b[2J'], 'server must not have'],
])('mcp %j is a mistake of the command line', async (args, message) => {
  const { exitCode, stdout, stderr } = await run(['mcp', ...args], home)
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('\u001b[2J')
})

test.each([
  ['https://mcp.example/mcp', 'latchkey mcp login https://mcp.example/mcp'],
  ['work at https://mcp.example/mcp', 'latchkey mcp login https://mcp.example/mcp --account work'],
])('doctor names the command for the stored account %s', (account, command) => {
  const record = { provider: 'mcp:https://as.example', client_id: 'c', account } as TokenRecord
  expect(howToSignIn(record, undefined, settingsOf({}, home.env))).toBe(command)
})
