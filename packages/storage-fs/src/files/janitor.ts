import { randomInt } from 'node:crypto'
import { quietly, unless } from '../errors.ts'
import type { Folders } from './directory.ts'
import type { SafeFiles } from './safe-files.ts'

/** A folder that somebody makes appears within moments, or never. */
const ABANDONED_MS = 3_600_000

/** Accounts that are looked at for each that is new: expired ones go faster than they come. */
const STEPS = 2

/** Takes away what expired or was left behind by the dead: a little each time an account is made, going round. */
export class Janitor {
  readonly #files: SafeFiles
  readonly #visit: (folder: string, folders: Folders) => Promise<void>
  /** Whom it has still to look at; names, since a folder that is held open has to be closed by somebody. */
  #round: string[] = []
  #busy = false

  /** `visit` is given the name of an account's folder. */
  constructor(files: SafeFiles, visit: (folder: string, folders: Folders) => Promise<void>) {
    this.#files = files
    this.#visit = visit
  }

  async work(folders: Folders): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      if (this.#round.length === 0) {
        await this.#sweepWorkshop(folders.workshop)
        this.#round = fromAnywhere(await this.#files.fs.readdir(folders.accounts))
      }
      for (const name of this.#round.splice(-STEPS)) await this.#visit(name, folders)
    } finally {
      this.#busy = false
    }
  }

  /** The file system's own clock tells the age, since this machine's may differ. */
  async #sweepWorkshop(workshop: string): Promise<void> {
    const { fs } = this.#files
    const { mtimeMs: nowMs } = await fs.lstat(workshop)
    for (const name of await fs.readdir(workshop)) {
      const made = await unless(['ENOENT'], fs.lstat(`${workshop}/${name}`), undefined)
      if (made && nowMs - made.mtimeMs > ABANDONED_MS)
        await quietly(this.#files.removeFolder(`${workshop}/${name}`))
    }
  }
}

/** Processes that make few accounts do not all look at the same. */
function fromAnywhere(names: readonly string[]): string[] {
  const at = randomInt(names.length + 1)
  return [...names.slice(at), ...names.slice(0, at)]
}
