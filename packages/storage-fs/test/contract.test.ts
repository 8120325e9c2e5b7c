import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { fakeClock, tokenStoreContract } from '@latchkey/test-kit'
import { FileTokenStore } from '../src/index.ts'
import { run, temporaryFolder } from './support.ts'

const newMedium = () => {
  const directory = temporaryFolder()
  const clock = fakeClock()
  return {
    clock,
    open: () => new FileTokenStore({ directory, clock }),
    elsewhere: async (key: string, times: number) => {
      await run('increments', [directory, JSON.stringify(key), String(times)]).ended
    },
    breakDown: () => {
      const accounts = join(directory, 'accounts')
      if (existsSync(accounts)) renameSync(accounts, `${accounts} of before`)
      writeFileSync(accounts, 'no folder')
    },
    patienceMs: 20_000,
  }
}

const contract = await tokenStoreContract(newMedium)

for (const { name, skip, run } of contract)
  if (skip) test.skip(`FileTokenStore: ${name} (skipped: ${skip})`, run)
  else test(`FileTokenStore: ${name}`, run, 30_000)
