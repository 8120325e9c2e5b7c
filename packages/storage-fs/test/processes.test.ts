// Several processes at one store: no update is lost, no account appears twice, no lock is held by two.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { FileTokenStore } from '../src/index.ts'
import { expectExclusive } from './exclusion.ts'
import { killsContenders } from './process-deaths.ts'
import { accountFolder, run, temporaryFolder } from './support.ts'

test('six processes and two instances here add at once, and no addition is lost', async () => {
  const directory = temporaryFolder()
  const { increment } = await import('@latchkey/test-kit')
  const stores = [0, 1].map(() => new FileTokenStore({ directory }))
  await Promise.all([
    ...Array.from({ length: 6 }, () => run('increments', [directory, '"sum"', '25']).ended),
    ...stores.map(store => increment(store, 'sum', 25)),
  ])
  expect((await stores[0]!.read('sum'))?.value).toBe(200)
  expect(accountFolder(directory).names).toHaveLength(3)
})

test('of processes that create a value and remove it again, only one at a time succeeds', async () => {
  const directory = temporaryFolder({ inMemory: true })
  const log = join(directory, 'log')
  const programs = Array.from({ length: 4 }, () => run('takes-turns', [directory, log, '40']))
  for (const program of programs) expect(await program.ended).toBe(0)
  expect(expectExclusive(log)).toEqual({ ins: 160, deaths: 0 })
  expect(readdirSync(join(directory, 'accounts'))).toEqual([])
  expect(readdirSync(join(directory, 'new'))).toEqual([])
})

const seed = Date.now() % 1_000_000

test(`of processes killed with -9 while they take a lock, hold it or wait, no two hold it at once (seed ${seed})`, async () => {
  const { ins } = await killsContenders(30, seed)
  expect(ins).toBeGreaterThan(30)
})
