// Each example signs a user in and out, over HTTP.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { bundled } from '../../../tools/bundled.ts'
import { freePorts } from '../../../tools/free-ports.ts'

jest.setTimeout(60_000)

const RUNTIMES = fileURLToPath(new URL('../../../tools/runtimes/node_modules/', import.meta.url))
const DENO = [join(RUNTIMES, 'deno/deno'), 'run', '--allow-all']
const BUN = [join(RUNTIMES, 'bun/bin/bun.exe')]

let emulator: Emulator
let origin: string
let port: number
let directory: string
let stop: () => void = () => {}

beforeEach(async () => {
  ;[port] = (await freePorts(1)) as [number]
  origin = `http://localhost:${port}`
  emulator = await startEmulator({ clients: [{ redirect_uri: `${origin}/auth/callback` }] })
  directory = await mkdtemp(join(tmpdir(), 'latchkey-frameworks-'))
})
afterEach(async () => {
  stop()
  await emulator.close()
  await rm(directory, { recursive: true, force: true })
})

/** Starts an example, and resolves when it responds. */
async function start(name: string, [command, ...args]: readonly string[]): Promise<void> {
  const { client_id, client_secret } = emulator.client
  const child = spawn(command!, [...args, bundled(new URL(`../src/${name}.ts`, import.meta.url))], {
    env: {
      ...process.env,
      IMGUR_CLIENT_ID: client_id,
      IMGUR_CLIENT_SECRET: client_secret,
      IMGUR_URL: emulator.url,
      ORIGIN: origin,
      PORT: String(port),
      SECRET: 'a secret of at least thirty-two characters',
      TOKENS: directory,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  stop = () => child.kill('SIGKILL')
  while (
    await fetch(origin, { redirect: 'manual' }).then(
      () => false,
      () => true,
    )
  )
    await sleep(50)
}

test.each([
  ['hono', 'Hono', [process.execPath]],
  ['express', 'Express', [process.execPath]],
  ['fastify', 'Fastify', [process.execPath]],
  ['fetch', 'Bun', BUN],
  ['deno', 'Deno', DENO],
])('%s.ts, for %s', async (name, _, command) => {
  await start(name, command)
  const cookies = new Map<string, string>()
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(pair => pair.join('=')).join('; ')
    const headers = { cookie, ...(init.headers as Record<string, string>) }
    const response = await fetch(new URL(path, origin), { ...init, headers, redirect: 'manual' })
    for (const one of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? []
      if (value) cookies.set(key, value)
      else cookies.delete(key)
    }
    return response
  }
  const locationOf = (response: Response): string =>
    response.headers.get('location') ?? `status ${response.status}`

  expect(new URL(locationOf(await send('/')), origin).pathname).toBe('/auth/login')
  const authorize = locationOf(await send('/auth/login?to=/%3Fa'))
  const { account_username: username, password } = emulator.user
  const redirect = await simulateUser({ username, password }).allow(authorize)
  expect(locationOf(await send(redirect))).toBe('/?a')
  expect(await (await send('/')).text()).toBe(`You are ${username}`)
  expect((await send('/nothing')).status).toBeGreaterThanOrEqual(
    name === 'fetch' || name === 'deno' ? 200 : 404,
  )
  const form = { method: 'POST', body: new URLSearchParams({ to: '/bye' }) }
  expect((await send('/auth/logout', { ...form, headers: { origin: 'https://evil.example' } })).status).toBe(
    403,
  )
  expect(await (await send('/')).text()).toBe(`You are ${username}`)
  expect(locationOf(await send('/auth/logout', { ...form, headers: { origin } }))).toBe('/bye')
  expect(new URL(locationOf(await send('/')), origin).pathname).toBe('/auth/login')
})
