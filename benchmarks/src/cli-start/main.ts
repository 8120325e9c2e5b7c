// Measures `latchkey token` with a valid token, compared with a Node that does nothing: `npm run bench:cli`. It uses the
// built package, as users do.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { ratiosOf } from '../ratios.ts'

/** Starts of a program in a round; only the fastest counts, because the others waited for the machine. */
const STARTS = 5

const cli = new URL('../../../packages/cli/', import.meta.url)
const latchkey = fileURLToPath(new URL('bin/latchkey.cjs', cli))
const commander = createRequire(cli).resolve('commander')
const directory = mkdtempSync(join(tmpdir(), 'latchkey-start-'))

const env = {
  IMGUR_CLIENT_ID: 'id',
  LATCHKEY_STORE: directory,
  LATCHKEY_CONFIG: join(directory, 'config.json'),
  HOME: directory,
}

/** Starts a program, and returns its run time in ns. */
function startNs(args: readonly string[], expected: string): number {
  const begin = process.hrtime.bigint()
  const { stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  const elapsed = Number(process.hrtime.bigint() - begin)
  if (stdout !== expected) throw new Error(`${args.join(' ')} printed ${stdout}${stderr}`)
  return elapsed
}

const quickest = (args: readonly string[], expected = '') => {
  return async (): Promise<number> =>
    Math.min(...Array.from({ length: STARTS }, () => startNs(args, expected)))
}

try {
  await using client = new Client({ client_id: 'id', store: new FileTokenStore({ directory }) })
  await client.import({ access_token: 'the-token', refresh_token: 'r', expires_in: 3600 })
  const contenders = {
    'node -e 0': quickest(['-e', '0']),
    'latchkey token': quickest([latchkey, 'token'], 'the-token\n'),
    'commander, only loaded': quickest([commander]),
    'latchkey token, by the complete program': quickest(
      [latchkey, 'token', '--json'],
      '{"access_token":"the-token"}\n',
    ),
  }
  console.log('Speed from the start to a printed token: 1 is as fast as a Node that does nothing')
  console.table(await ratiosOf(contenders, 9))
} finally {
  rmSync(directory, { recursive: true })
}
