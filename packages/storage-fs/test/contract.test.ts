import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { fakeClock, type Medium, tokenStoreContract } from '@latchkey/test-kit'
import { sealed } from '../../../tools/sealed.ts'
import { FileTokenStore } from '../src/index.ts'
import { run, temporaryFolder } from './support.ts'

function mediumOf(isEncrypted: boolean): Medium {
  const directory = temporaryFolder({ inMemory: isEncrypted })
  const clock = fakeClock()
  return {
    clock,
    open: () => sealed(new FileTokenStore({ directory, clock }), isEncrypted),
    incrementInOtherProcess: async (key, times) => {
      await run('increments', [
        directory,
        JSON.stringify(key),
        String(times),
        isEncrypted ? 'encrypted' : 'plain',
      ]).ended
    },
    breakDown: () => {
      const accounts = join(directory, 'accounts')
      if (existsSync(accounts)) renameSync(accounts, `${accounts} of before`)
      writeFileSync(accounts, 'no folder')
    },
    timeoutMs: 60_000,
  }
}

for (const [kind, isEncrypted] of [
  ['FileTokenStore', false],
  ['FileTokenStore, encrypted', true],
] as const)
  for (const { name, skip, run } of await tokenStoreContract(() => mediumOf(isEncrypted)))
    if (skip) test.skip(`${kind}: ${name} (skipped: ${skip})`, run)
    else test(`${kind}: ${name}`, run)
