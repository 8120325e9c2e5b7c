import { randomInt } from 'node:crypto'
import { recover } from '../errors.ts'
import { randomName } from './account-names.ts'
import type { Folders } from './directory.ts'
import type { SafeFiles } from './safe-files.ts'

/** After this time, the process that created a staging folder has died. */
const ABANDONED_MS = 3_600_000

/** Accounts to check for each new one: more than one, so that expired accounts do not pile up. */
const ACCOUNTS_PER_RUN = 2

/** Removes expired accounts and abandoned staging folders, a few each time an account is created. */
export class Cleanup {
  readonly #visit: (files: SafeFiles, folder: string, folders: Folders) => Promise<void>
  /** Names of the account folders still to check. Not an open directory handle, which would need closing. */
  #queue: string[] = []
  #isRunning = false

  /** @param visit checks the account folder of a given name */
  constructor(visit: (files: SafeFiles, folder: string, folders: Folders) => Promise<void>) {
    this.#visit = visit
  }

  async run(files: SafeFiles, folders: Folders): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      if (this.#queue.length === 0) {
        await this.#cleanStaging(files, folders.staging)
        this.#queue = rotateRandomly(await files.list(folders.accounts))
      }
      for (const name of this.#queue.splice(-ACCOUNTS_PER_RUN)) await this.#visit(files, name, folders)
    } finally {
      this.#isRunning = false
    }
  }

  /** Takes the time from the file system, because this machine's clock may differ. */
  async #cleanStaging(files: SafeFiles, staging: string): Promise<void> {
    const { fs } = files
    const { mtimeMs: nowMs } = await fs.lstat(staging)
    for (const name of await files.list(staging)) {
      const stats = await recover(['ENOENT'], fs.lstat(`${staging}/${name}`), undefined)
      if (stats && nowMs - stats.mtimeMs > ABANDONED_MS)
        await files.discardFolder(`${staging}/${name}`, `${staging}/${randomName()}`)
    }
  }
}

/** Starts at a random name, so that short-lived processes do not all check the same accounts. */
function rotateRandomly(names: readonly string[]): string[] {
  const at = randomInt(names.length + 1)
  return [...names.slice(at), ...names.slice(0, at)]
}
