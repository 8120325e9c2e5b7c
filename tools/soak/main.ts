// Runs the tests that take hours: `npm run soak`; `-- --shard i/n` runs a part of them, and `-- --project NAME` one package's.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { shardOf } from './shard.ts'

const { values } = parseArgs({
  options: { shard: { type: 'string', default: '1/1' }, project: { type: 'string', short: 'p' } },
})
shardOf(values.shard)

const { status } = spawnSync(
  'nx',
  [
    ...['run-many', '-t', 'test:system', '--parallel=1', '--outputStyle=stream'],
    ...(values.project ? ['-p', values.project] : []),
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, FORCE_COLOR: '0', LATCHKEY_SOAK: '1', LATCHKEY_SHARD: values.shard },
  },
)
process.exitCode = status ?? 1
