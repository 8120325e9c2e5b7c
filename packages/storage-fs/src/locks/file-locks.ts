import { createHash } from 'node:crypto'
import type { Clock, Locks } from '@latchkey/core/ports'
import { toLatchkeyError } from '../errors.ts'
import { folderName } from '../files/folder-name.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { FolderLock } from './folder-lock.ts'
import { removeStaleLocks } from './stale-locks.ts'
import { startTimeout } from './timeout.ts'
import { lockScope } from './scope.ts'

/** Returns locks between the processes of one scope, in the folder that `folder` resolves to. */
export function fileLocks(files: SafeFiles, clock: Clock, folder: () => Promise<string>): Locks {
  const scope = lockScope()
  const name = createHash('sha256').update(scope).digest('hex').slice(0, 16)
  let isCleaned = false

  return {
    scope,
    async acquire(key, { waitMs, signal }) {
      if (typeof key !== 'string') throw new TypeError('key must be a string')
      if (signal?.aborted) return undefined
      const timeout = startTimeout(clock, waitMs, signal)
      try {
        const locks = await folder()
        const scopeFolder = `${locks}/${name}`
        await files.ensureFolder(scopeFolder)
        const lock = new FolderLock(files, clock, scopeFolder, folderName(key))
        const release = await lock.acquire(timeout)
        if (!release) return undefined
        if (signal?.aborted) return void (await release())
        return {
          async release() {
            await release()
            if (isCleaned) return
            isCleaned = true
            await removeStaleLocks(files, locks, name)
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
