// The contract of token stores, in a file of SQLite.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contractOn, mediumOf } from './media.ts'

async function inFile(isEncrypted = false) {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'))
  const medium = await mediumOf({ sqlite: join(folder, 'tokens.db') }, isEncrypted)
  const breakDown = () => medium.dispose!()
  const dispose = async (): Promise<void> => {
    await medium.dispose!()
    await rm(folder, { recursive: true, force: true })
  }
  return { ...medium, breakDown, dispose }
}

await contractOn('SQLite', () => inFile())
await contractOn('SQLite, encrypted', () => inFile(true))
