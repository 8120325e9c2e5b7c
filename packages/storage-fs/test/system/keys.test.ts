// Many accounts: listing them takes no more memory than listing a few, and nothing else takes longer.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { FileTokenStore } from '../../src/index.ts'
import { encode } from '../../src/files/generation.ts'
import { folderName } from '../../src/files/folder-name.ts'
import { run, temporaryFolder } from '../support.ts'

const ACCOUNTS = 100_000

/** The modes of an account's folder: with the mark of a value that does not expire, and without. */
test.each([
  ['marked', 0o1700],
  ['not marked', 0o700],
])(`the keys of ${ACCOUNTS} accounts, %s, are listed one by one, in little memory`, async (_, mode) => {
  const directory = temporaryFolder({ inMemory: true })
  await new FileTokenStore({ directory }).read('x') // makes the directory
  for (let n = 0; n < ACCOUNTS; n++) {
    const key = `imgur/43652b743b5a7a0/account ${n}`
    const folder = join(directory, 'accounts', folderName(key))
    mkdirSync(folder, { mode })
    writeFileSync(join(folder, '100000000000.json'), encode({ key, value: { n } }), { mode: 0o600 })
  }
  const program = run('lists', [directory])
  const { keys, grownMiB, ms } = JSON.parse(await program.line()) as Record<string, number>
  process.stdout.write(`${keys} keys in ${ms} ms, heap grown by ${grownMiB} MiB\n`)
  expect(keys).toBe(ACCOUNTS)
  expect(grownMiB).toBeLessThan(32)
})
