// The script as a process, against the emulator.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { simulateUser, startEmulator } from '@latchkey/emulator'
import { startProgram } from '../../../tools/program.ts'

const MAIN = new URL('../src/main.ts', import.meta.url)

test('it prompts for a PIN the first time only, even after the token has expired', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-script-'))
  const emulator = await startEmulator({ expiresIn: 3600 })
  try {
    const { client_id, client_secret } = emulator.client
    const { account_username: username, password } = emulator.user
    const env = {
      IMGUR_URL: emulator.url,
      IMGUR_CLIENT_ID: client_id,
      IMGUR_CLIENT_SECRET: client_secret,
      XDG_DATA_HOME: directory,
      HOME: directory,
    }
    const grants = (): unknown[] => emulator.ledger.flatMap(({ grant_type }) => grant_type ?? [])

    const first = startProgram(MAIN, { env })
    const url = await first.says(/Open (\S+)\nPIN: $/)
    const user = simulateUser({ username, password })
    first.type(await user.readPin(await user.allow(url)))
    expect(await first.exitCode).toBe(0)
    expect(first.output).toContain(`You are ${username}`)
    expect(grants()).toEqual(['pin'])

    for (const expected of [['pin'], ['pin', 'refresh_token'], ['pin', 'refresh_token']]) {
      const again = startProgram(MAIN, { env })
      expect(await again.exitCode).toBe(0)
      expect(again.output).toBe(`You are ${username}\n`)
      expect(grants()).toEqual(expected)
      if (expected.length === 1) emulator.clock.advance(3_600_000)
    }
  } finally {
    await emulator.close()
    await rm(directory, { recursive: true })
  }
})

test('it is fifteen lines', async () => {
  const lines = (await readFile(MAIN, 'utf8')).split('\n')
  expect(lines.filter(line => line !== '' && !line.startsWith('//'))).toHaveLength(15)
})
