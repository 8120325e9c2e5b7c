// Projects as users have them: what `npm init -y` makes, several settings of TypeScript, Jest, and other versions of libraries.
// docs/guides/projects.md says what is shown here.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Server } from '../../packages/storage-redis/test/servers.ts'
import { INSTALLED } from '../../tools/installed-runtimes.ts'
import { packedFile, packInto } from './packed.ts'

const NODE_22 = dirname(INSTALLED['Node 22'])
const PACKED = ['core', 'transport-fetch', 'providers', 'storage-fs', 'storage-redis', 'receivers', 'web']
const folder = mkdtempSync(join(tmpdir(), 'latchkey-projects-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a command in the project, with Node 22; returns its output and exit code. */
function run(
  command: string,
  ...args: string[]
): { readonly output: string; readonly status: number | null } {
  const env = { ...process.env, NODE_OPTIONS: '', PATH: `${NODE_22}:${process.env['PATH']}` }
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' })
  return { output: stdout + stderr, status }
}

const install = (...names: string[]): void => {
  const env = { ...process.env, NODE_OPTIONS: '' }
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...names], {
    cwd: folder,
    env,
    stdio: 'pipe',
  })
}

beforeAll(() => {
  packInto(folder, PACKED)
  execFileSync('npm', ['init', '-y'], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: 'pipe',
  })
  install(
    ...PACKED.map(name => packedFile(folder, name)),
    'typescript@5.9.3',
    '@types/node@22',
    'jest@30',
    'ioredis@5',
  )
})

const PROGRAM = `
  import { Client, imgur } from '@latchkey/core'
  import { privateKeyJwt } from '@latchkey/core/provider'
  import { github } from '@latchkey/providers'
  import { startReceiver } from '@latchkey/receivers/node'
  import { FileTokenStore } from '@latchkey/storage-fs'
  import { authorizedFetch, fetchTransport } from '@latchkey/transport-fetch'
  import { signInRoutes } from '@latchkey/web'
  import { toNode } from '@latchkey/web/node'
  export const client = new Client({ provider: github(), transport: fetchTransport(), store: new FileTokenStore() })
  export default [imgur, privateKeyJwt, startReceiver, authorizedFetch, signInRoutes, toNode]`

/** Compiles a program, and returns the compiler's output. */
function compile(program: string, ...settings: string[]): string {
  writeFileSync(join(folder, 'program.ts'), program)
  const strict = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node']
  return run('node_modules/.bin/tsc', ...strict, ...settings, 'program.ts').output
}

describe('TypeScript', () => {
  const checked = ['--skipLibCheck', 'false', '--lib', 'ES2022']
  test.each([
    ['nodenext, in a CommonJS project', ['--module', 'nodenext', ...checked]],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler', ...checked]],
    ['node20', ['--module', 'node20', ...checked]],
  ])('%s: compiles, every declaration file checked, with the library of ES2022', (_, settings) => {
    expect(compile(PROGRAM, ...settings)).toBe('')
  })

  test('node10 does not know `exports`: the compiler names the settings that do', () => {
    const output = compile(PROGRAM, '--module', 'commonjs', '--moduleResolution', 'node10')
    expect(output).toContain("Consider updating to 'node16', 'nodenext', or 'bundler'")
  })
})

describe('Node 22', () => {
  test('require, in what npm init -y makes', () => {
    writeFileSync(
      join(folder, 'program.js'),
      `const { Client } = require('@latchkey/core')
       require('@latchkey/transport-fetch/register')
       const { FileTokenStore } = require('@latchkey/storage-fs')
       console.log(new Client('works').client_id, typeof FileTokenStore)`,
    )
    expect(run('node', 'program.js')).toEqual({ output: 'works function\n', status: 0 })
  })

  test('import, in a file .mjs', () => {
    writeFileSync(
      join(folder, 'program.mjs'),
      `import { Client } from '@latchkey/core'\nconsole.log(await new Client('works').status())`,
    )
    expect(run('node', 'program.mjs').output).toContain("status: 'signedOut'")
  })
})

describe('Jest', () => {
  const program = `const { Client } = require('@latchkey/core')
    test('works', () => expect(new Client('a').client_id).toBe('a'))`

  test('with --experimental-vm-modules', () => {
    writeFileSync(
      join(folder, 'imported.test.mjs'),
      `import { Client } from '@latchkey/core'\ntest('works', () => expect(new Client('a').client_id).toBe('a'))`,
    )
    const { output, status } = run(
      'node',
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--testMatch',
      '**/imported.test.mjs',
    )
    expect(output).toContain('1 passed')
    expect(status).toBe(0)
  })

  test('without it on Node 22: Jest says what to do', () => {
    writeFileSync(join(folder, 'required.test.js'), program)
    expect(run('node_modules/.bin/jest', 'required').output).toContain('Use Node v24.9+')
  })
})

test('Deno needs these permissions for files and requests', () => {
  writeFileSync(
    join(folder, 'deno.mjs'),
    `import { Client } from '@latchkey/core'
     import { FileTokenStore } from '@latchkey/storage-fs'
     import '@latchkey/transport-fetch/register'
     const client = new Client({ client_id: 'c', store: new FileTokenStore({ directory: 'deno-tokens' }) })
     await client.import({ access_token: 'works' })
     await client.settled()
     console.log(await client.accessToken())
     await client.close()`,
  )
  const files = ['--allow-read', '--allow-write', '--allow-env', '--allow-sys']
  const program = ['run', '--node-modules-dir=manual', '--no-prompt', '--allow-net', ...files, 'deno.mjs']
  expect(run(INSTALLED.Deno, ...program)).toEqual({ output: 'works\n', status: 0 })
})

describe('a Redis client of your own', () => {
  const STORE = `
    import { createClient } from 'redis'
    import { RedisTokenStore } from '@latchkey/storage-redis'
    const client = createClient({ url: process.env['REDIS_URL'] ?? '' })
    client.on('error', () => {})
    await client.connect()
    const store = new RedisTokenStore({ client })
    await store.compareAndSwap('key', undefined, 'works')
    console.log((await store.read('key'))?.value)
    await store.close()
    client.destroy()`

  test.each(['5', '6'])('of node-redis %s compiles and works', async version => {
    install(`redis@${version}`)
    expect(
      compile(STORE, '--module', 'nodenext', '--lib', 'ES2022', '--skipLibCheck', 'false').replace(
        /.*TS1309.*\n/g,
        '',
      ),
    ).toBe('')
    const server = await Server.start()
    writeFileSync(join(folder, 'program.mjs'), STORE.replace("?? ''", ''))
    process.env['REDIS_URL'] = server.url
    expect(run('node', 'program.mjs')).toEqual({ output: 'works\n', status: 0 })
  })

  test('of ioredis is rejected, by the compiler and in words', () => {
    const program = `
      import { Redis } from 'ioredis'
      import { RedisTokenStore } from '@latchkey/storage-redis'
      export const store = new RedisTokenStore({ client: new Redis({ lazyConnect: true }) })`
    expect(compile(program, '--module', 'nodenext')).toContain('is not assignable')
    writeFileSync(join(folder, 'program.mjs'), program)
    expect(run('node', 'program.mjs').output).toContain('a client of ioredis has other methods: pass its url')
  })
})
