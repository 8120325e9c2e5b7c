import { createHash } from 'node:crypto'
import type { Clock, Locks } from '@latchkey/core/ports'
import { attempt, toLatchkeyError } from '../errors.ts'
import { folderName } from '../files/folder-name.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { FolderLock } from './folder-lock.ts'
import { Holder } from './holder.ts'
import { HolderWatches } from './holder-watches.ts'
import { removeStaleLocks } from './stale-locks.ts'
import { openScope, prepareNextScope } from './scope-folder.ts'
import { SpareFolders } from './spare-folders.ts'
import { startTimeout } from './timeout.ts'
import { lockScope } from './scope.ts'

/**
 * Returns locks between the processes of one scope.
 * @param openFolder opens the parent of all scopes' folders
 */
export function fileLocks(
  newFiles: () => SafeFiles,
  clock: Clock,
  openFolder: (files: SafeFiles) => Promise<string>,
): Locks {
  const scope = lockScope()
  const name = createHash('sha256').update(scope).digest('hex').slice(0, 16)
  const watches = new HolderWatches()
  let holder: Holder | undefined
  let spares: SpareFolders | undefined
  let isCleaned = false

  async function join(files: SafeFiles, scopeFolder: string): Promise<Holder> {
    for (;;) {
      const current = (holder ??= new Holder(scopeFolder))
      if (await current.join(files)) return current
      if (holder === current) holder = undefined
    }
  }

  return {
    scope,
    async acquire(key, { waitMs, signal }) {
      if (typeof key !== 'string') throw new TypeError('key must be a string')
      if (signal?.aborted) return undefined
      const timeout = startTimeout(clock, waitMs, signal)
      try {
        const files = newFiles()
        const locks = await openFolder(files)
        const folder = await openScope(files, locks, name)
        spares ??= new SpareFolders(folder)
        const context = { files, clock, folder, spares, watches, join: () => join(files, folder) }
        const release = await new FolderLock(context, folderName(key)).acquire(timeout)
        if (!release) return undefined
        if (signal?.aborted) return void (await release())
        return {
          async release() {
            await release()
            if (isCleaned) return
            isCleaned = true
            await removeStaleLocks(files, locks, name)
            await attempt(prepareNextScope(files, locks))
          },
        }
      } catch (error) {
        throw toLatchkeyError(`lock ${JSON.stringify(key)}`, error)
      } finally {
        timeout.cancel()
      }
    },
  }
}
