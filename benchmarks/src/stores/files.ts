import { mkdtemp, open, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileTokenStore } from '@latchkey/storage-fs'
import { sealed } from '../../../tools/sealed.ts'
import { type Ratios, ratiosOf } from '../ratios.ts'
import { callsOf, timed, VALUE } from './calls.ts'

/** Uses the folder for temporary files. If that is in memory, set TMPDIR to a folder on a disk. */
export async function compareFiles(rounds: number): Promise<Record<string, Ratios>> {
  await using cleanup = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  cleanup.defer(() => rm(directory, { recursive: true, force: true }))
  const store = new FileTokenStore({ directory: join(directory, 'store') })
  cleanup.defer(() => store.close())
  const ours = await callsOf(store)
  const another = new FileTokenStore({ directory: join(directory, 'sealed') })
  cleanup.defer(() => another.close())
  const encrypted = await callsOf(sealed(another, true))

  const path = join(directory, 'tokens.json')
  const replace = async (): Promise<void> => {
    const temporary = `${path}.tmp`
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(JSON.stringify(VALUE))
    await file.sync()
    await rename(temporary, path)
  }
  const replaceForGood = async (): Promise<void> => {
    await replace()
    await using folder = await open(directory)
    await folder.sync()
  }
  await replace()

  return {
    'Files, read': await ratiosOf(
      {
        'readFile, JSON.parse': timed(async () => JSON.parse(await readFile(path, 'utf8'))),
        FileTokenStore: timed(ours.read),
        'the same, encrypted': timed(encrypted.read),
      },
      rounds,
    ),
    'Files, swap': await ratiosOf(
      {
        'temporary file, fsync, rename': timed(replace),
        'that, and fsync of the folder': timed(replaceForGood),
        FileTokenStore: timed(ours.swap),
        'the same, encrypted': timed(encrypted.swap),
      },
      rounds,
    ),
  }
}
