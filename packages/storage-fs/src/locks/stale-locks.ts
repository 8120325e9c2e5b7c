import { attempt } from '../errors.ts'
import { randomName } from '../files/account-names.ts'
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
  const scopeFolder = `${locks}/${own}`
  const removeAll = async (): Promise<void> => {
    const { mtimeMs: nowMs } = await files.fs.lstat(scopeFolder)
    const names = await files.list(scopeFolder)
    const spares = sparesToKeep(names)
    for (const name of names)
      if (name.startsWith('~') && !spares.includes(name))
        await attempt(removeStaleEntry(files, scopeFolder, name, nowMs - ABANDONED_MS))
    for (const name of await files.list(locks))
      if (![own, NEXT_SCOPE].includes(name))
        await attempt(removeScope(files, `${locks}/${name}`, nowMs - UNUSED_MS))
  }
  await attempt(removeAll())
}

async function removeStaleEntry(
  files: SafeFiles,
  scopeFolder: string,
  name: string,
  beforeMs: number,
): Promise<void> {
  const path = `${scopeFolder}/${name}`
  if ((await files.fs.lstat(path)).mtimeMs >= beforeMs) return
  // A spare folder keeps its time when a lock takes it.
  if (name.includes('.')) return files.discardFolder(path, `${scopeFolder}/~${randomName()}.old`)
  const liveness = await checkLiveness(scopeFolder, name)
  if (liveness.type === 'dead') await attempt(files.fs.unlink(path))
  else if (liveness.type === 'alive') liveness.disconnect()
}
