// The generations of one account. How nothing is lost, whoever dies or sleeps at whichever line:
//
// - A generation is written to a file of its own, brought onto the disk, and only then linked to its name, the
//   highest number there is plus 1. `link` fails where the name exists: of all who go on from one generation,
//   one succeeds. A file that is linked is not written to until its name is gone.
// - Who has prepared a file looks again before linking it: the highest number must be the one it goes on from.
//   Who takes old generations away first takes away every file prepared for their numbers or lower ones. So one
//   who slept through both either sees a higher number or has no file to link, and no old number comes back.
// - The folder appears by a rename, its first generation in it. It goes when a last generation, one without a
//   value, was linked, which nobody goes on from: then its files go by their names, and no name is used again.
import { StoreError } from '@latchkey/core'
import { codeOf, quietly, StoreCorruptError, StoreUnsafeError, unless } from '../errors.ts'
import {
  firstSeq,
  generationName,
  type Listing,
  listingOf,
  preparedName,
  randomName,
} from './account-names.ts'
import { folderName } from './folder-name.ts'
import { decode, encode, type Generation } from './generation.ts'
import { Room } from './room.ts'
import type { SafeFiles } from './safe-files.ts'

/** A generation as it was found. */
export interface Found extends Generation {
  readonly seq: number
  /** The checksum of its file. */
  readonly digest: string
}

/** What was found in an account's folder; without `listing` there is none. */
export interface Seen {
  readonly listing?: Listing
  readonly generation?: Found
}

/** What all accounts of a store share. */
export interface Surroundings {
  readonly files: SafeFiles
  /** The folder of all accounts' folders. */
  readonly accounts: string
  /** Where folders are made before they appear, on the same disk. */
  readonly workshop: string
  /** Told of a generation that cannot be read, and was passed over. */
  readonly onCorrupt: (path: string) => void
}

export class AccountFolder {
  readonly path: string
  readonly #name: string
  readonly #around: Surroundings
  readonly #files: SafeFiles
  readonly #room: Room

  /** `name` is the name of the folder, which tells whose it is. */
  constructor(name: string, around: Surroundings) {
    this.path = `${around.accounts}/${name}`
    this.#name = name
    this.#around = around
    this.#files = around.files
    this.#room = new Room(around.files, this.path)
  }

  /**
   * The newest generation that is whole.
   * @throws {StoreCorruptError} when there are some and none is whole.
   */
  async newest(): Promise<Seen> {
    for (let listing = await this.look(); listing;) {
      const torn: string[] = []
      for (const seq of [...listing.seqs].reverse()) {
        const generation = await this.#read(seq)
        if (!generation) break // others have gone on while we read, and an older one is no answer
        if (generation === 'torn') torn.push(this.#path(generationName(seq)))
        else {
          for (const path of torn) this.#around.onCorrupt(path)
          return { listing, generation }
        }
      }
      const again = await this.look()
      if (again?.seqs.at(-1) === listing.seqs.at(-1) && torn.length === listing.seqs.length) {
        if (torn.length === 0) return { listing }
        throw new StoreCorruptError(
          `no file in ${this.path} can be read: restore one, or remove the account and sign in again`,
        )
      }
      listing = again
    }
    return {}
  }

  /** The names in the folder, `undefined` when there is no folder. */
  async look(): Promise<Listing | undefined> {
    const names = unless(['ENOENT', 'ENOTDIR'], this.#files.fs.readdir(this.path), undefined)
    const [there, found] = await Promise.all([this.#files.checkFolder(this.path), names])
    if (there && found) return listingOf(found)
    // A volume that is not mounted must not look like an account that is not there.
    if (await this.#files.checkFolder(this.#around.accounts)) return undefined
    throw new StoreError(`${this.#around.accounts} is gone`)
  }

  /** Puts a generation after what was seen; `undefined` when somebody else has put one there. */
  async follow({ listing, generation }: Seen, next: Generation): Promise<Found | undefined> {
    const text = encode(next)
    const going = listing && generation && generation.value !== undefined
    if (!going) await this.#clear(listing)
    const seq = going ? await this.#append(listing, text) : await this.#found(text)
    return seq === undefined ? undefined : { ...next, seq, digest: decode(text, this.path)!.digest }
  }

  /** Removes the value of `key`, whole or torn; `false` when somebody else has put something after it. */
  async end(listing: Listing, key: string): Promise<boolean> {
    if (listing.seqs.length === 0) {
      await this.#clear(listing)
      return true
    }
    const last = await this.#append(listing, encode({ key }))
    if (last === undefined) return false
    const now = await this.look()
    if (now?.seqs.includes(last)) await this.#clear(now) // else it went, and the account may be there anew
    return true
  }

  /** Brings the newest generation and its name onto the disk. */
  async sync(): Promise<void> {
    const seq = (await this.look())?.seqs.at(-1)
    if (seq === undefined) return
    await this.#files.syncFile(this.#path(generationName(seq)))
    await unless(['ENOENT'], this.#files.syncFolder(this.path), undefined)
  }

  async #read(seq: number): Promise<Found | 'torn' | undefined> {
    const path = this.#path(generationName(seq))
    const text = await this.#files.read(path)
    if (text === undefined) return undefined
    const generation = decode(text, path)
    if (generation && folderName(generation.key) !== this.#name)
      throw new StoreUnsafeError(`${path} is another account's: ${JSON.stringify(generation.key)}`)
    return generation ? { ...generation, seq } : 'torn'
  }

  /** Makes the folder, its first generation in it; `undefined` when there is one. */
  async #found(text: string): Promise<number | undefined> {
    const seq = firstSeq()
    const folder = `${this.#around.workshop}/${randomName()}`
    await this.#files.makeFolder(folder)
    try {
      await new Room(this.#files, folder).begin(generationName(seq), text)
      await this.#files.syncFolder(folder)
      await this.#files.fs.rename(folder, this.path)
    } catch (error) {
      await this.#files.removeFolder(folder)
      if (['EEXIST', 'ENOTEMPTY'].includes(codeOf(error))) return undefined
      if (codeOf(error) === 'EPERM' && (await this.look())) return undefined // so says Windows
      throw error
    }
    await this.#files.syncFolder(this.#around.accounts)
    return seq
  }

  /** Links the generation after the highest that was seen; `undefined` when another is there or may be. */
  async #append(seen: Listing, text: string): Promise<number | undefined> {
    if (!this.#room.isTidy(seen)) await this.#room.tidy(seen)
    const from = seen.seqs.at(-1)!
    const seq = from + 1
    const prepared = preparedName(seq)
    // Who has gone on, or removed the account, has taken the file away.
    const giveBack = await unless(['ENOENT'], this.#room.prepare(prepared, text, seen), undefined)
    if (!giveBack) return undefined
    let again: Listing | undefined
    let linked = false
    try {
      again = await this.look()
      linked = again?.seqs.at(-1) === from && (await this.#link(prepared, generationName(seq)))
    } finally {
      if (!linked) await giveBack()
    }
    if (!again || !linked) return undefined
    const tidied = quietly(this.#room.tidy({ ...again, seqs: [...again.seqs, seq] }))
    try {
      await unless(['ENOENT'], this.#files.syncFolder(this.path), undefined)
    } finally {
      await tidied
    }
    return seq
  }

  /** Whether the name was free, and the file still there. */
  async #link(from: string, to: string): Promise<boolean> {
    try {
      await this.#files.fs.link(this.#path(from), this.#path(to))
      return true
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      if (codeOf(error) !== 'EEXIST') throw error
      // On NFS the answer to a link that was made can get lost; then the file has two names.
      const stats = await unless(['ENOENT'], this.#files.fs.lstat(this.#path(from)), undefined)
      return stats !== undefined && stats.nlink > 1
    }
  }

  /** Takes away what was seen in a folder that nobody goes on from: the generations last, and in their order. */
  async #clear(listing: Listing | undefined): Promise<void> {
    if (!listing) return
    for (const name of [...listing.others, ...listing.seqs.map(generationName)])
      await unless(['ENOENT'], this.#files.fs.unlink(this.#path(name)), undefined)
    await unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], this.#files.fs.rmdir(this.path), undefined)
  }

  #path(name: string): string {
    return `${this.path}/${name}`
  }
}
