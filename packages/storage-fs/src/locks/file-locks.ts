import { createHash } from 'node:crypto'
import type { Clock, Locks } from '@latchkey/core/ports'
import { typed } from '../errors.ts'
import { folderName } from '../files/folder-name.ts'
import type { SafeFiles } from '../files/safe-files.ts'
import { FolderLock } from './folder-lock.ts'
import { sweep } from './leftovers.ts'
import { patienceOf } from './patience.ts'
import { lockScope } from './scope.ts'

/** Locks between the processes of one scope, in the folder that `folder` resolves to. */
export function fileLocks(files: SafeFiles, clock: Clock, folder: () => Promise<string>): Locks {
  const scope = lockScope()
  const name = createHash('sha256').update(scope).digest('hex').slice(0, 16)
  let swept = false

  return {
    scope,
    async acquire(key, { waitMs, signal }) {
      if (typeof key !== 'string') throw new TypeError('key must be a string')
      if (signal?.aborted) return undefined
      const patience = patienceOf(clock, waitMs, signal)
      try {
        const locks = await folder()
        const circle = `${locks}/${name}`
        await files.needFolder(circle)
        const lock = new FolderLock(files, clock, circle, folderName(key))
        const release = await lock.acquire(patience)
        if (!release) return undefined
        if (signal?.aborted) return void (await release())
        return {
          async release() {
            await release()
            if (swept) return
            swept = true
            await sweep(files, locks, name)
          },
        }
      } catch (error) {
        throw typed(`lock ${JSON.stringify(key)}`, error)
      } finally {
        patience.end()
      }
    },
  }
}
