// Each example signs a user in and out, over HTTP, and calls the API with their token, also when the API rejects it.
import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { buildSync } from 'esbuild'
import { visit } from '../../../tests/servers/cookies.ts'
import { bundled } from '../../../tools/bundled.ts'
import { freePorts } from '../../../tools/free-ports.ts'
import { INSTALLED } from '../../../tools/installed-runtimes.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** With the permissions of docs/guides/hosts/deno.md. */
const DENO = [
  INSTALLED.Deno,
  ...'run --no-prompt --allow-net --allow-read --allow-write --allow-env --allow-sys'.split(' '),
]
const BUN = [INSTALLED.Bun]

const AN_HOUR_MS = 3_600_000

let emulator: Emulator
let origin: string
let port: number
let directory: string
let stop: () => void = () => {}

/** Next.js and SvelteKit bundle the packages as they are published. */
beforeAll(() => {
  const names = ['core', 'storage-fs', 'transport-fetch', 'web'].flatMap(name => ['-w', `@latchkey/${name}`])
  execFileSync('npm', ['run', 'build', ...names], { cwd: join(ROOT, '../..'), stdio: 'pipe' })
})

/** Starts the authorization server again: it knows its client and its user, and no token. */
async function forgetTokens(): Promise<void> {
  const { url, client } = emulator
  await emulator.close()
  emulator = await startEmulator({ clients: [client], port: Number(new URL(url).port) })
}

beforeEach(async () => {
  ;[port] = (await freePorts(1)) as [number]
  origin = `http://localhost:${port}`
  emulator = await startEmulator({
    clients: [{ redirect_uri: `${origin}/auth/callback` }],
    expiresIn: AN_HOUR_MS / 1000,
  })
  directory = await mkdtemp(join(tmpdir(), 'latchkey-frameworks-'))
})
afterEach(async () => {
  stop()
  await emulator.close()
  await rm(directory, { recursive: true, force: true })
})

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  IMGUR_CLIENT_ID: emulator.client.client_id,
  IMGUR_CLIENT_SECRET: emulator.client.client_secret,
  IMGUR_URL: emulator.url,
  ORIGIN: origin,
  PORT: String(port),
  HOST: '127.0.0.1',
  SECRET: 'a secret of at least thirty-two characters',
  TOKENS: directory,
  NEXT_TELEMETRY_DISABLED: '1',
})

/** Starts a program, and resolves when it responds. */
async function start([command, ...args]: readonly string[]): Promise<void> {
  const options = { cwd: ROOT, env: environment() }
  const child = spawn(command!, args, { ...options, stdio: 'inherit', detached: true })
  let failure: Error | undefined
  child.on('error', error => (failure = error))
  child.on('exit', code => (failure = new Error(`${command} ended with ${code}`)))
  stop = () =>
    void (child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, 'SIGKILL'))
  while (
    await fetch(origin, { redirect: 'manual' }).then(
      () => false,
      () => true,
    )
  )
    if (failure) throw failure
    else await sleep(50)
}

const bundle = (name: string): string => bundled(new URL(`../src/${name}.ts`, import.meta.url))

/** The command that starts each example; one that has to be built is built first. */
const EXAMPLES: Readonly<Record<string, () => readonly string[]>> = {
  Hono: () => [process.execPath, bundle('hono')],
  Express: () => [process.execPath, bundle('express')],
  'four processes of Express': () => [process.execPath, bundle('cluster')],
  Fastify: () => [process.execPath, bundle('fastify')],
  Bun: () => [...BUN, bundle('fetch')],
  Deno: () => [...DENO, bundle('deno')],
  workerd() {
    const program = join(directory, 'program.mjs')
    const conditions = ['@latchkey/source', 'workerd', 'worker', 'import']
    buildSync({
      entryPoints: [fileURLToPath(new URL('../src/worker.ts', import.meta.url))],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      conditions,
      outfile: program,
    })
    const variables = ['IMGUR_CLIENT_ID', 'IMGUR_CLIENT_SECRET', 'IMGUR_URL', 'ORIGIN', 'SECRET']
    const bindings = variables.map(name => `(name = "${name}", fromEnvironment = "${name}")`)
    const config = join(directory, 'config.capnp')
    writeFileSync(
      config,
      `using Workerd = import "/workerd/workerd.capnp";
      const config :Workerd.Config = (
        sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "app")],
        services = [
          (name = "app", worker = (
            modules = [(name = "program", esModule = embed "program.mjs")],
            compatibilityDate = "2026-11-01",
            globalOutbound = "network",
            durableObjectNamespaces = [(className = "TokenObject", uniqueKey = "tokens", enableSql = true)],
            durableObjectStorage = (localDisk = "disk"),
            bindings = [(name = "TOKENS", durableObjectNamespace = "TokenObject"), ${bindings.join(', ')}])),
          (name = "network", network = (allow = ["public", "private"])),
          (name = "disk", disk = (path = "${directory}", writable = true))]);`,
    )
    return [INSTALLED.workerd, 'serve', config]
  },
  'Next.js': () => {
    const next = [process.execPath, fileURLToPath(import.meta.resolve('next/dist/bin/next'))]
    execFileSync(next[0]!, [next[1]!, 'build', 'next'], { cwd: ROOT, env: environment(), stdio: 'pipe' })
    return [...next, 'start', 'next', '--port', String(port), '--hostname', '127.0.0.1']
  },
  SvelteKit() {
    const vite = fileURLToPath(new URL('../../bin/vite.js', import.meta.resolve('vite')))
    const cwd = join(ROOT, 'sveltekit')
    execFileSync(process.execPath, [vite, 'build'], { cwd, env: environment(), stdio: 'pipe' })
    return [process.execPath, join(cwd, 'build')]
  },
}

test.each(Object.keys(EXAMPLES))('%s', async name => {
  await start(EXAMPLES[name]!())
  const send = visit(origin)
  const locationOf = (response: Response): string =>
    response.headers.get('location') ?? `status ${response.status}`

  const { account_username: username, password } = emulator.user
  const signIn = async (): Promise<void> => {
    expect(new URL(locationOf(await send('/')), origin).pathname).toBe('/auth/login')
    const authorize = locationOf(await send('/auth/login?to=/%3Fa'))
    const redirect = await simulateUser({ username, password }).allow(authorize)
    expect(locationOf(await send(redirect))).toBe('/?a')
  }
  const page = async (): Promise<string> =>
    (await (await send('/')).text()).replace(/<(?:script|!--).*?>|<[^>]*>/gs, '')
  await signIn()
  expect(await page()).toContain(`You are ${username}`)
  emulator.clock.advance(AN_HOUR_MS) // now the API rejects the token
  expect(await page()).toContain(`You are ${username}`)
  expect(emulator.ledger.filter(({ grant_type }) => grant_type === 'refresh_token')).toHaveLength(1)
  const form = { method: 'POST', body: new URLSearchParams({ to: '/bye' }) }
  expect((await send('/auth/logout', { ...form, headers: { origin: 'https://evil.example' } })).status).toBe(
    403,
  )
  expect(await page()).toContain(`You are ${username}`)
  expect(locationOf(await send('/auth/logout', { ...form, headers: { origin } }))).toBe('/bye')
  await signIn()
  expect(await page()).toContain(`You are ${username}`)
  await forgetTokens()
  await signIn()
  expect(await page()).toContain(`You are ${username}`)
})
