// The script as a person runs it: a process of its own, against the emulator.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { person, startEmulator } from '@latchkey/emulator'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Runs the script to its end; `answer` is given the address that it asks somebody to open, and brings the PIN. */
async function run(env: Record<string, string>, answer?: (url: string) => Promise<string>) {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', MAIN], {
    env: { ...process.env, ...env },
  })
  let output = ''
  let asked = false
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', data => {
      output += String(data)
      const [, url] = /Open (\S+)\nPIN: $/.exec(output) ?? []
      if (!url || asked || !answer) return
      asked = true
      void answer(url).then(pin => child.stdin.end(`${pin}\n`))
    })
  const code = await new Promise(resolve => child.on('close', resolve))
  return { code, output, asked }
}

test('it asks for a PIN the first time, and never again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-script-'))
  const emulator = await startEmulator()
  try {
    const { client_id, client_secret } = emulator.client
    const { account_username: username, password } = emulator.user
    const someone = person({ username, password })
    const env = {
      IMGUR_URL: emulator.url,
      IMGUR_CLIENT_ID: client_id,
      IMGUR_CLIENT_SECRET: client_secret,
      XDG_DATA_HOME: directory,
      HOME: directory,
      NODE_OPTIONS: '',
    }
    const first = await run(env, async url => someone.readPin(await someone.allow(url)))
    expect(first).toMatchObject({ code: 0, asked: true })
    expect(first.output).toContain(`You are ${username}`)

    const exchanges = (): number => emulator.ledger.filter(({ endpoint }) => endpoint === 'token').length
    expect(exchanges()).toBe(1)
    expect(await run(env)).toEqual({ code: 0, asked: false, output: `You are ${username}\n` })
    expect(exchanges()).toBe(1)
  } finally {
    await emulator.close()
    await rm(directory, { recursive: true })
  }
}, 60_000)
