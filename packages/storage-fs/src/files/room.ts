// Room on the disk: an account holds three files from the first on, the newest generation, the one before it, and
// a spare one. A write fills the spare and turns the generation that falls out into the next one, so that it takes
// no block from the disk: a disk that is full cannot keep a refreshed token from being stored. Where a write finds
// no spare, or has outgrown it, the disk must give it a file and the next one a spare, or it is refused: that is
// the claim, before anything is spent.
import { quietly, unless } from '../errors.ts'
import { generationName, type Listing, spareName } from './account-names.ts'
import type { SafeFiles } from './safe-files.ts'

const FILES = 3
const PAGE_BYTES = 4096

/** The size of a file that shall hold `text` and, later, one of twice its length. */
function sizeFor(text: string): number {
  return Math.ceil((2 * Buffer.byteLength(text)) / PAGE_BYTES) * PAGE_BYTES
}

const FILLER = 'Room for the next tokens, so that a full disk cannot lose them.\n'

/** The files of one account that hold no value now. */
export class Room {
  readonly #files: SafeFiles
  readonly #folder: string

  constructor(files: SafeFiles, folder: string) {
    this.#files = files
    this.#folder = folder
  }

  /** Makes the first generation's file, and what goes with it. */
  async begin(name: string, text: string): Promise<void> {
    await this.#files.create(this.#path(name), text, sizeFor(text))
    for (let n = 1; n < FILES; n++) await this.#makeSpare(text)
  }

  /**
   * Writes `text` to a file of that name, and sees to it that there is room for the next one. When this rejects,
   * nothing has changed. What it returns undoes it, where the file is not needed after all.
   */
  async prepare(name: string, text: string, listing: Listing): Promise<() => Promise<void>> {
    const tookSpare = await this.#takeSpare(name, Buffer.byteLength(text), listing)
    // A file of our own does not become a spare one: a write that was refused would leave more room than it found.
    const giveBack = async (): Promise<void> => {
      await (tookSpare ? quietly(this.#rename(name, spareName())) : this.#unlink(name))
    }
    try {
      if (tookSpare) await this.#files.overwrite(this.#path(name), text)
      else await this.#files.create(this.#path(name), text, sizeFor(text))
      if (!(await this.#willHaveRoom(text, listing))) await this.#makeNext(text, tookSpare)
    } catch (error) {
      await giveBack()
      throw error
    }
    return giveBack
  }

  /** Whether there is something for `tidy` to do. */
  isTidy({ seqs, prepared, spares }: Listing): boolean {
    const top = seqs.at(-1) ?? 0
    return seqs.length < FILES && spares.length < FILES && !prepared.some(({ seq }) => seq <= top)
  }

  /** Takes away what the generations up to the newest have left behind. */
  async tidy({ seqs, prepared, spares }: Listing): Promise<void> {
    const top = seqs.at(-1) ?? 0
    // First who may sleep with a file for an old number, then the old numbers: see account-folder.ts.
    for (const { name, seq } of prepared) if (seq <= top && !(await this.#unlink(name))) return
    const wanted = FILES - Math.min(seqs.length, 2)
    let room = spares.length
    for (const seq of seqs.slice(0, -2)) {
      const name = generationName(seq)
      if (room >= wanted) await this.#unlink(name)
      else if (await quietly(this.#rename(name, spareName()))) room += 1
    }
    if (spares.length > wanted)
      for (const { name } of (await this.#bySize(spares)).slice(wanted)) await this.#unlink(name)
  }

  /** Makes the largest spare file that will do into the one of that name; whoever else wants it gets another. */
  async #takeSpare(name: string, bytes: number, { spares }: Listing): Promise<boolean> {
    for (const spare of await this.#bySize(spares)) {
      if (spare.size < bytes) return false
      if (
        await unless(
          ['ENOENT'],
          this.#rename(spare.name, name).then(() => true),
          false,
        )
      )
        return true
    }
    return false
  }

  /** Whether a file will be spare, once `text` is the newest generation, that holds a somewhat longer one. */
  async #willHaveRoom(text: string, { seqs, spares }: Listing): Promise<boolean> {
    const falling = seqs.slice(0, -1).map(generationName)
    const [largest] = await this.#bySize([...spares, ...falling])
    return largest !== undefined && largest.size >= 1.25 * Buffer.byteLength(text)
  }

  async #bySize(names: readonly string[]): Promise<{ name: string; size: number }[]> {
    const sized = names.map(async name => ({ name, size: await this.#files.sizeOf(this.#path(name)) }))
    return (await Promise.all(sized)).sort((a, b) => b.size - a.size)
  }

  /** Makes the spare file for the next write; only one that had a spare itself may do without. */
  async #makeNext(text: string, tookSpare: boolean): Promise<void> {
    const made = this.#makeSpare(text)
    await (tookSpare ? quietly(made) : made)
  }

  async #makeSpare(text: string): Promise<void> {
    await this.#files.create(this.#path(spareName()), FILLER, sizeFor(text))
  }

  async #rename(from: string, to: string): Promise<void> {
    await this.#files.fs.rename(this.#path(from), this.#path(to))
  }

  /** Whether the file is gone. */
  async #unlink(name: string): Promise<boolean> {
    return quietly(unless(['ENOENT'], this.#files.fs.unlink(this.#path(name)), undefined))
  }

  #path(name: string): string {
    return `${this.#folder}/${name}`
  }
}
