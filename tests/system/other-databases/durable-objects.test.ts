// The store of docs/guides/other-databases.md passes the contract in workerd, Cloudflare's runtime.
import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { INSTALLED } from '../../../tools/installed-runtimes.ts'

const PROGRAM = fileURLToPath(new URL('durable-objects-program.ts', import.meta.url))
/** With SQLite a value has at most 2 MB, without it 128 KiB. */
const configIn = (folder: string): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "tests", worker = (
  modules = [(name = "program", esModule = embed "program.mjs")],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [(className = "TokenObject", uniqueKey = "tokens", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [(name = "TOKENS", durableObjectNamespace = "TokenObject")])),
  (name = "disk", disk = (path = "${folder}", writable = true))]);
`

test('Durable Objects pass the contract', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-workerd-'))
  try {
    const conditions = ['@latchkey/source']
    const outfile = join(folder, 'program.mjs')
    await build({
      entryPoints: [PROGRAM],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      conditions,
      outfile,
    })
    const config = join(folder, 'config.capnp')
    await writeFile(config, configIn(folder))
    const { stdout } = await promisify(execFile)(INSTALLED.workerd, ['test', config], { timeout: 100_000 })
    const { passed, skipped, failed } = JSON.parse(stdout.split('\n').find(line => line.startsWith('{'))!)
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThan(40)
    expect(skipped).toBeGreaterThan(0) // locks, keys, ...
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
