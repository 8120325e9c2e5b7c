import type { Clock, LockHold, Locks } from '@latchkey/core/ports'
import { attempt, toLatchkeyError } from '../errors.ts'
import { sha256Hex } from '../files/digest.ts'
import { folderName } from '../files/folder-name.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { FolderLock } from './folder-lock.ts'
import { Holder } from './holder.ts'
import { HolderWatches } from './holder-watches.ts'
import { removeStaleLocks } from './stale-locks.ts'
import { openScope, prepareNextScope } from './scope-folder.ts'
import { SpareFolders } from './spare-folders.ts'
import { startTimeout, type Timeout } from './timeout.ts'
import { lockScope } from './scope.ts'

/** Calls `work` with the parent of all scopes' folders, and again if that was removed meanwhile. */
export type WithLocks = <T>(work: (files: SafeFiles, locks: string) => Promise<T>) => Promise<T>

/** Returns locks between the processes of one scope. */
export function fileLocks(clock: Clock, withLocks: WithLocks): Locks {
  const scope = lockScope()
  const name = sha256Hex(scope).slice(0, 16)
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

  async function acquire(
    files: SafeFiles,
    locks: string,
    key: string,
    timeout: Timeout,
  ): Promise<LockHold | undefined> {
    const folder = await openScope(files, locks, name)
    spares ??= new SpareFolders(folder)
    const context = { files, clock, folder, spares, watches, join: () => join(files, folder) }
    const release = await new FolderLock(context, folderName(key)).acquire(timeout)
    return (
      release && {
        async release() {
          await release()
          if (isCleaned) return
          isCleaned = true
          await removeStaleLocks(files, locks, name)
          await attempt(prepareNextScope(files, locks))
        },
      }
    )
  }

  return {
    scope,
    async acquire(key, { waitMs, signal }) {
      if (typeof key !== 'string') throw new TypeError('key must be a string')
      if (signal?.aborted) return undefined
      const timeout = startTimeout(clock, waitMs, signal)
      try {
        const hold = await withLocks((files, locks) => acquire(files, locks, key, timeout))
        if (hold && signal?.aborted) return void (await hold.release())
        return hold
      } catch (error) {
        throw toLatchkeyError(`lock ${JSON.stringify(key)}`, error)
      } finally {
        timeout.cancel()
      }
    },
  }
}
