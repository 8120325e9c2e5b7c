// Reserved disk space: an account always has three files, the newest generation, the one before it, and a spare.
// A write fills the spare and turns the oldest generation into the next spare. It needs no new block, so a full disk
// cannot prevent a refreshed token from being stored. If there is no spare, or it is too small, the write creates a
// file and the next spare, or fails. Writing the lease fails this way before the refresh token is used.
// A file that a backup has linked elsewhere is no spare: it would change in the backup.
import { attempt, recover } from '../errors.ts'
import { generationName, type Listing, spareName } from './account-names.ts'
import type { SafeFiles } from './safe-files.ts'

const FILE_COUNT = 3
const PAGE_BYTES = 4096

/** Returns the size of a file, in bytes, with space for a text of twice the length. */
function sizeFor(text: string): number {
  return Math.ceil((2 * Buffer.byteLength(text)) / PAGE_BYTES) * PAGE_BYTES
}

const FILLER = 'Space for the next tokens, so that a full disk cannot lose them.\n'

/** The prepared and spare files of one account. */
export class AccountSpace {
  readonly #files: SafeFiles
  readonly #folder: string

  constructor(files: SafeFiles, folder: string) {
    this.#files = files
    this.#folder = folder
  }

  /** Creates the first generation's file and the spare files. */
  async createFirst(name: string, text: string): Promise<void> {
    await this.#files.create(this.#path(name), text, sizeFor(text))
    for (let n = 1; n < FILE_COUNT; n++) await this.#makeSpare(text)
  }

  /**
   * Writes `text` to a file of that name and reserves space for the next one. If this rejects, nothing has changed.
   * Returns a function that undoes it.
   */
  async prepare(name: string, text: string, listing: Listing): Promise<() => Promise<void>> {
    const tookSpare = await this.#takeSpare(name, Buffer.byteLength(text), listing)
    // A file that we created does not become a spare: a failed write must not use more space. Nor does one with two names:
    // it was linked although a network file system reported a failure, and the next write would overwrite it.
    const undo = async (): Promise<void> => {
      const isReusable = tookSpare && (await this.#files.reusableSizeOf(this.#path(name)).catch(() => 0)) > 0
      await (isReusable ? attempt(this.#rename(name, spareName())) : this.#unlink(name))
    }
    try {
      if (tookSpare) await this.#files.overwrite(this.#path(name), text)
      else await this.#files.create(this.#path(name), text, sizeFor(text))
      if (!(await this.#willHaveSpace(text, listing))) await this.#makeNextSpare(text, tookSpare)
    } catch (error) {
      await undo()
      throw error
    }
    return undo
  }

  /** Returns whether `tidy` has nothing to do. */
  isTidy({ seqs, prepared, spares }: Listing): boolean {
    const top = seqs.at(-1) ?? 0
    return seqs.length < FILE_COUNT && spares.length < FILE_COUNT && !prepared.some(({ seq }) => seq <= top)
  }

  /** Removes superseded generations and files, and keeps the right number of spares. */
  async tidy({ seqs, prepared, spares }: Listing): Promise<void> {
    const top = seqs.at(-1) ?? 0
    // Prepared files for old numbers first, then the old generations: see account-folder.ts.
    for (const { name, seq } of prepared) if (seq <= top && !(await this.#unlink(name))) return
    const spareCount = FILE_COUNT - Math.min(seqs.length, 2)
    let count = spares.length
    for (const seq of seqs.slice(0, -2)) {
      const name = generationName(seq)
      if (count >= spareCount) await this.#unlink(name)
      else if (await attempt(this.#rename(name, spareName()))) count += 1
    }
    if (spares.length > spareCount)
      for (const { name } of (await this.#sortBySize(spares)).slice(spareCount)) await this.#unlink(name)
  }

  /** Renames the largest spare to `name`, if it has `bytes`. Tries the next one if another process was faster. */
  async #takeSpare(name: string, bytes: number, { spares }: Listing): Promise<boolean> {
    for (const spare of await this.#sortBySize(spares)) {
      if (spare.size < bytes) return false
      if (
        await recover(
          ['ENOENT'],
          this.#rename(spare.name, name).then(() => true),
          false,
        )
      )
        return true
    }
    return false
  }

  /** Resolves to whether the next spare will have space for a text 25 % longer than `text`. */
  async #willHaveSpace(text: string, { seqs, spares }: Listing): Promise<boolean> {
    const dropped = seqs.slice(0, -1).map(generationName)
    const [largest] = await this.#sortBySize([...spares, ...dropped])
    return largest !== undefined && largest.size >= 1.25 * Buffer.byteLength(text)
  }

  async #sortBySize(names: readonly string[]): Promise<{ name: string; size: number }[]> {
    const sizes = names.map(async name => ({
      name,
      size: await this.#files.reusableSizeOf(this.#path(name)),
    }))
    return (await Promise.all(sizes)).sort((a, b) => b.size - a.size)
  }

  /** Creates the spare file for the next write. Failure is ignored if this write had a spare. */
  async #makeNextSpare(text: string, tookSpare: boolean): Promise<void> {
    const made = this.#makeSpare(text)
    await (tookSpare ? attempt(made) : made)
  }

  async #makeSpare(text: string): Promise<void> {
    await this.#files.create(this.#path(spareName()), FILLER, sizeFor(text))
  }

  async #rename(from: string, to: string): Promise<void> {
    await this.#files.fs.rename(this.#path(from), this.#path(to))
  }

  /** Resolves to whether the file no longer exists. */
  async #unlink(name: string): Promise<boolean> {
    return attempt(recover(['ENOENT'], this.#files.fs.unlink(this.#path(name)), undefined))
  }

  #path(name: string): string {
    return `${this.#folder}/${name}`
  }
}
