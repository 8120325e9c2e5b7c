// Tests every package as published: packed, checked by publint and attw, installed alone into an empty folder, and used
// there on every supported Node.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { NODES } from '../../tools/nodes.ts'
import { packedFile, packInto, ROOT, VERSION } from './packed.ts'

/** Returns a command of the repository; npx would take longer than what it starts. */
const commandOf = (name: string): string => join(ROOT, 'node_modules/.bin', name)

/** For each package: what is installed with it, the number of packages, and a program that uses it. */
const PACKAGES = {
  core: {
    beside: [],
    installs: 1,
    program: `
      import { Client } from '@latchkey/core'
      const body = JSON.stringify({ access_token: 'a', token_type: 'bearer', refresh_token: 'r' })
      const transport = { send: async () => ({ status: 200, headers: {}, body }) }
      const client = new Client({ client_id: 'id', transport })
      await client.Authorize.byCode().authorize('code')
      await client.settled()
      console.log(client.access_token === 'a' ? 'works' : 'does not')`,
  },
  'transport-fetch': {
    beside: ['core'],
    installs: 3,
    program: `
      import { createServer } from 'node:http'
      import { fetchTransport } from '@latchkey/transport-fetch'
      import '@latchkey/transport-fetch/register'
      const server = createServer((_, response) => response.end('works')).listen(0, '127.0.0.1', async () => {
        const url = 'http://127.0.0.1:' + server.address().port
        console.log((await fetchTransport().send({ method: 'GET', url, headers: {} })).body)
        server.close()
        server.closeAllConnections()
      })`,
  },
  'storage-redis': {
    beside: ['core'],
    installs: 8,
    program: `
      import { spawn } from 'node:child_process'
      import { createServer } from 'node:net'
      import { RedisTokenStore } from '@latchkey/storage-redis'
      const free = createServer().listen(0, '127.0.0.1', () => {
        const { port } = free.address()
        free.close(async () => {
          const server = spawn('redis-server', ['--port', port, '--save', ''], { stdio: 'ignore' })
          const store = new RedisTokenStore({ url: 'redis://127.0.0.1:' + port, timeoutMs: 20000 })
          await store.compareAndSwap('key', undefined, 'works')
          console.log((await store.read('key')).value)
          await store.close()
          server.kill()
        })
      })`,
  },
  'storage-sql': {
    beside: ['core'],
    installs: 2,
    program: `
      import { DatabaseSync } from 'node:sqlite'
      import { SqlTokenStore } from '@latchkey/storage-sql'
      import { fromNodeSqlite } from '@latchkey/storage-sql/node-sqlite'
      const store = new SqlTokenStore(fromNodeSqlite(new DatabaseSync(':memory:')))
      await store.migrate()
      await store.compareAndSwap('key', undefined, 'works')
      console.log((await store.read('key')).value)`,
  },
  'storage-fs': {
    beside: ['core'],
    installs: 2,
    program: `
      import { mkdtempSync, rmSync } from 'node:fs'
      import { FileTokenStore } from '@latchkey/storage-fs'
      const directory = mkdtempSync('tokens-')
      const store = new FileTokenStore({ directory })
      const hold = await store.locks.acquire('key', { waitMs: 0 })
      await store.compareAndSwap('key', undefined, 'works')
      await hold.release()
      console.log((await store.read('key')).value)
      rmSync(directory, { recursive: true })`,
  },
  'storage-browser': {
    beside: ['core'],
    installs: 5,
    program: `
      import { BrowserTokenStore } from '@latchkey/storage-browser'
      const store = new BrowserTokenStore({ name: 'my-app' })
      console.log((await store.ready()) === 'none' ? 'works' : 'does not')
      await store.close()`,
  },
  providers: {
    beside: ['core'],
    installs: 2,
    program: `
      import { Client } from '@latchkey/core'
      import { github } from '@latchkey/providers'
      const client = new Client({ client_id: 'id', provider: github() })
      console.log(client.Authorize.byCode().url.startsWith('https://github.com/') ? 'works' : 'does not')`,
  },
  'storage-keyv': {
    beside: ['core'],
    installs: 4,
    program: `
      import { KeyvTokenStore } from '@latchkey/storage-keyv'
      import { Keyv } from 'keyv'
      const store = new KeyvTokenStore({ keyv: new Keyv({ throwOnErrors: true }) })
      await store.compareAndSwap('key', undefined, 'works')
      console.log((await store.read('key')).value)`,
  },
  'test-kit': {
    beside: ['core'],
    installs: 2,
    program: `
      import { MemoryTokenStore } from '@latchkey/core'
      import { fakeClock, tokenStoreContract } from '@latchkey/test-kit'
      const contract = await tokenStoreContract(() => {
        const clock = fakeClock()
        const store = new MemoryTokenStore({ clock })
        return { open: () => store, clock }
      })
      for (const { skip, run } of contract) if (!skip) await run()
      console.log(contract.length > 50 ? 'works' : 'does not')`,
  },
  receivers: {
    beside: ['core'],
    installs: 2,
    program: `
      import { startReceiver } from '@latchkey/receivers/node'
      const receiver = await startReceiver()
      const received = receiver.receive({ state: 's', authorize: url => new URL(url).searchParams.get('code') })
      await fetch(receiver.redirect_uri + '?state=s&code=works')
      console.log(await received)
      await receiver.close()`,
  },
  web: {
    beside: ['core'],
    installs: 4,
    program: `
      import { Client } from '@latchkey/core'
      import { signInRoutes } from '@latchkey/web'
      const client = new Client({ client_id: 'id', redirect_uri: 'https://app.example/auth/callback' })
      const auth = signInRoutes(client, { secret: 'x'.repeat(32) })
      const response = await auth.handle(new Request('https://app.example/auth/login'))
      console.log(response.headers.get('set-cookie').startsWith('__Host-latchkey-login=') ? 'works' : 'does not')`,
  },
  mcp: {
    beside: ['core', 'transport-fetch'],
    installs: 4,
    program: `
      import { MemoryTokenStore } from '@latchkey/core'
      import { mcpOAuthProvider } from '@latchkey/mcp'
      const { fetch } = mcpOAuthProvider({
        server: 'https://mcp.example/mcp',
        store: new MemoryTokenStore(),
        redirectUri: 'http://127.0.0.1/callback',
        client: { issuer: 'https://as.example', client_id: 'id' },
        fetch: async url => new Response(url === 'https://mcp.example/mcp' ? 'works' : 'does not'),
      })
      console.log(await (await fetch('https://mcp.example/mcp')).text())`,
  },
  adapters: {
    beside: ['core'],
    installs: 2,
    program: `
      import { MemoryTokenStore } from '@latchkey/core'
      import { keychainKeys } from '@latchkey/adapters/keychain'
      const keys = keychainKeys(new MemoryTokenStore())
      const error = await keys().catch(error => error)
      console.log(error.message.includes('npm install @napi-rs/keyring') ? 'works' : error)`,
  },
  emulator: {
    beside: [],
    installs: 3,
    program: `
      import { startEmulator } from '@latchkey/emulator'
      const emulator = await startEmulator()
      const page = await fetch(emulator.url + '/oauth2/authorize?response_type=code&client_id=' + emulator.client.client_id)
      console.log(page.status === 200 ? 'works' : 'does not')
      await emulator.close()`,
  },
  cli: {
    beside: [
      ...[
        'adapters',
        'core',
        'providers',
        'transport-fetch',
        'storage-fs',
        'storage-redis',
        'receivers',
        'emulator',
        'mcp',
      ],
    ],
    installs: 66,
    program: `
      import { execFileSync } from 'node:child_process'
      import { mkdtempSync, rmSync } from 'node:fs'
      import { Client } from '@latchkey/core'
      import { FileTokenStore } from '@latchkey/storage-fs'
      const directory = mkdtempSync('tokens-')
      const client = new Client({ client_id: 'id', store: new FileTokenStore({ directory }) })
      await client.import({ access_token: 'works', refresh_token: 'r', expires_in: 3600 })
      const env = { ...process.env, IMGUR_CLIENT_ID: 'id', LATCHKEY_STORE: directory, LATCHKEY_CONFIG: 'none.json' }
      const latchkey = (...args) => execFileSync(process.execPath, ['node_modules/.bin/latchkey', ...args], { env, encoding: 'utf8' })
      const { access_token } = JSON.parse(latchkey('token', '--json'))
      if (latchkey('token') === access_token + '\\n') console.log(access_token)
      rmSync(directory, { recursive: true })`,
  },
}

type Name = keyof typeof PACKAGES
const names = Object.keys(PACKAGES) as Name[]
const folders: string[] = []
const tarballs = new Map<Name, string>()

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-packed-'))
  folders.push(folder)
  return folder
}

/** Runs a program to its end; returns its output, or throws an error with it. */
function run(command: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, NODE_OPTIONS: '' }
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Builds and packs all packages; returns the folder. A release passes LATCHKEY_PACKED: the files that it publishes. */
function pack(): string {
  const { LATCHKEY_PACKED: packed } = process.env
  if (packed) return packed
  const folder = emptyFolder()
  packInto(folder, names)
  return folder
}

beforeAll(() => {
  const folder = pack()
  for (const name of names) tarballs.set(name, packedFile(folder, name))
})

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

test.each(NODES)('Node %s is here', (version, node) => {
  expect(run(node, ['--version'], ROOT)).toMatch(new RegExp(`^v${version}\\.`))
})

test('every package is here', () => {
  expect(readdirSync(join(ROOT, 'packages')).sort()).toEqual([...names].sort())
})

test('one command installs the CLI from the packed files: the one in its README', () => {
  const readme = readFileSync(join(ROOT, 'packages/cli/README.md'), 'utf8')
  const [, command = ''] = /npm run pack\n(npm install .*)\n/.exec(readme) ?? []
  expect(command).toBe('npm install --global ./packed/latchkey-*.tgz')
  const folder = emptyFolder()
  const prefix = join(folder, 'prefix')
  symlinkSync(join(tarballs.get('cli')!, '..'), join(folder, 'packed'))
  run('sh', ['-c', `npm_config_prefix='${prefix}' ${command} --prefer-offline --no-audit --no-fund`], folder)
  const latchkey = (...words: readonly string[]): string =>
    run(
      'env',
      ['-i', `PATH=${process.env['PATH']}`, `HOME=${folder}`, join(prefix, 'bin/latchkey'), ...words],
      folder,
    )
  expect(latchkey('--version')).toBe(`${VERSION}\n`)
  expect(latchkey('accounts')).toBe('No account is signed in.\n')
  // It finds the library of the keychain, but no keychain.
  expect(() => latchkey('config', 'keychain', 'on')).toThrow('start a Secret Service')
})

test.each(names)('%s: publint finds nothing', name => {
  expect(run(commandOf('publint'), ['--strict', tarballs.get(name)!], ROOT)).toContain('All good!')
})

test.each(names)('%s: its types resolve in every mode that its code does (attw)', name => {
  // It ends with an error, which `run` throws, unless every `import` resolves.
  expect(run(commandOf('attw'), ['--profile', 'esm-only', tarballs.get(name)!], ROOT)).toContain(name)
})

test.each(names)('%s: installed alone, it has the expected packages and runs on Node 22, 24 and 26', name => {
  const { beside, installs, program } = PACKAGES[name]
  const folder = emptyFolder()
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  writeFileSync(join(folder, 'program.js'), program)
  const packed = [...beside, name].map(one => tarballs.get(one as Name)!)
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packed], folder)

  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: object
  }
  expect(Object.keys(packages).filter(path => path !== '')).toHaveLength(installs)
  const files = readdirSync(join(folder, 'node_modules/@latchkey', name))
  expect(files).not.toContain('test')
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md']))
  for (const [, node] of NODES) expect(run(node, ['program.js'], folder).trim()).toBe('works')
})
