import { attempt } from '../errors.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { checkLiveness } from './liveness-socket.ts'
import { NEXT_SCOPE, removeScope } from './scope-folder.ts'
import { sparesToKeep } from './spare-folders.ts'

/** After this time, the process that created an entry has died. */
const ABANDONED_MS = 3_600_000

/** After this time without use, the boot or container of a scope has ended. */
const UNUSED_MS = 30 * 86_400_000

/**
 * Removes what dead processes left: sockets without a listener, unfinished folders, surplus spare folders, scopes of former boots. Takes the
 * time from the file system, which has just been written to.
 */
export async function removeStaleLocks(files: SafeFiles, locks: string, own: string): Promise<void> {
  await attempt(
    (async () => {
      const { fs } = files
      const scopeFolder = `${locks}/${own}`
      const { mtimeMs: nowMs } = await fs.lstat(scopeFolder)
      const ageOf = async (path: string): Promise<number> => nowMs - (await fs.lstat(path)).mtimeMs
      const names = await files.list(scopeFolder)
      const spares = sparesToKeep(names)
      for (const name of names)
        if (
          name.startsWith('~') &&
          !spares.includes(name) &&
          (await ageOf(`${scopeFolder}/${name}`)) > ABANDONED_MS
        )
          await removeStaleEntry(files, scopeFolder, name)
      for (const name of await files.list(locks))
        if (![own, NEXT_SCOPE].includes(name) && (await ageOf(`${locks}/${name}`)) > UNUSED_MS)
          await removeScope(files, `${locks}/${name}`)
    })(),
  )
}

async function removeStaleEntry(files: SafeFiles, scopeFolder: string, name: string): Promise<void> {
  if (name.includes('.')) return files.removeFolder(`${scopeFolder}/${name}`)
  const liveness = await checkLiveness(scopeFolder, name)
  if (liveness.type === 'dead') await attempt(files.fs.unlink(`${scopeFolder}/${name}`))
  else if (liveness.type === 'alive') liveness.disconnect()
}
