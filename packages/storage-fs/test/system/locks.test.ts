import { expect, test } from '@jest/globals'
import { FileTokenStore } from '../../src/index.ts'
import { killsContenders } from '../process-deaths.ts'
import { run, temporaryFolder } from '../support.ts'
import { soaked } from '../../../../tools/soak/shard.ts'

const KILLS = soaked(3_000, 300)
const seed = Date.now() % 1_000_000

test(`of ${KILLS} processes killed with -9 around a lock no two are inside at once (seed ${seed})`, async () => {
  const { ins, deaths } = await killsContenders(KILLS, seed)
  process.stdout.write(`${KILLS} kills, ${deaths} of them inside; ${ins} entries, no two at once\n`)
  expect(deaths).toBeGreaterThan(0)
})

test('a holder that is stopped for 12 s keeps its lock, and releases it when it continues', async () => {
  const directory = temporaryFolder()
  const program = run('holds', [directory, 'key'])
  expect(await program.line()).toBe('held')
  program.kill('SIGSTOP')
  const { locks } = new FileTokenStore({ directory })
  const waiting = Array.from({ length: 100 }, () => locks!.acquire('key', { waitMs: 12_000 }))
  expect(await Promise.all(waiting)).toEqual(Array(100).fill(undefined))
  program.send('release')
  program.kill('SIGCONT')
  expect(await program.line()).toBe('released')
  expect(await locks!.acquire('key', { waitMs: 0 })).toBeDefined()
})
