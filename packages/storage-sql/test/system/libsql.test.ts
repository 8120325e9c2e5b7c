// The contract of token stores, in a file of libSQL.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contractOn, mediumOf } from '../media.ts'

await contractOn('libSQL', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-libsql-'))
  const medium = await mediumOf({ libsql: `file:${join(folder, 'tokens.db')}` })
  const dispose = async (): Promise<void> => {
    await medium.dispose!()
    await rm(folder, { recursive: true, force: true })
  }
  return { ...medium, breakDown: () => medium.dispose!(), dispose }
})
