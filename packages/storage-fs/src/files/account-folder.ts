// The generations of one account. No write is lost, even if a process dies or pauses at any line:
//
// - A writer writes a generation to its own file, syncs it, and only then links it to the highest number plus 1.
//   `link` fails if the name exists, so only one of several writers succeeds. A linked file is not written to
//   until its name is removed.
// - A writer lists the folder again before it links: the highest number must still be the one it follows.
//   Before a process removes old generations, it removes every file prepared for their numbers or lower ones.
//   A writer that paused meanwhile sees a higher number or has no file to link, so no old number returns.
// - The file of a removed name may hold the next text before it is linked. So a reader that has read a file looks whether
//   its name still exists, and lists the folder again if not.
// - A rename creates the folder together with its first generation. To remove an account, a process links a last
//   generation without a value. Nothing follows it; then all files are removed, and no name is used again.
// - A folder that is created with a value that does not expire is marked. The mark is removed before a value that expires,
//   or none, is written, and never set again: a marked account is listed without opening a file.
import { StoreCorruptError } from '@latchkey/core'
import { codeOf, attempt, missing, StoreUnsafeError, recover } from '../errors.ts'
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
import { AccountSpace } from './account-space.ts'
import type { SafeFiles } from './safe-files.ts'

/** A generation that was read from the disk. */
export interface StoredGeneration extends Generation {
  readonly seq: number
  /** The checksum of its file. */
  readonly digest: string
}

/** The contents of an account's folder; `listing` is absent if there is no folder. */
export interface AccountState {
  readonly listing?: Listing
  readonly generation?: StoredGeneration
}

/** What all accounts of a store share. */
export interface StoreContext {
  readonly files: SafeFiles
  /** The parent of all account folders. */
  readonly accounts: string
  /** Where folders are created before they are renamed into place, on the same disk. */
  readonly staging: string
  /** Receives the path of a damaged generation that was skipped. */
  readonly onCorrupt: (path: string) => void
}

/** The sticky bit: it has no other effect in a folder that only its owner can access. Windows has none. */
const MARKED = 0o1700
const UNMARKED = 0o700

const isLasting = ({ value, expiresAtMs }: Generation): boolean =>
  value !== undefined && expiresAtMs === undefined

export class AccountFolder {
  readonly path: string
  readonly #name: string
  readonly #context: StoreContext
  readonly #files: SafeFiles
  readonly #space: AccountSpace

  /** @param name of the folder: the encoded key */
  constructor(name: string, context: StoreContext) {
    this.path = `${context.accounts}/${name}`
    this.#name = name
    this.#context = context
    this.#files = context.files
    this.#space = new AccountSpace(context.files, this.path)
  }

  /**
   * Reads the newest intact generation.
   * @throws {StoreCorruptError} when there are generations and all are damaged.
   */
  async readNewest(): Promise<AccountState> {
    for (let listing = await this.list(); listing;) {
      const damaged: string[] = []
      for (const seq of [...listing.seqs].reverse()) {
        const generation = await this.#read(seq)
        if (!generation) break // removed by a later write: list again, because an older generation is stale
        if (generation === 'damaged') damaged.push(this.#path(generationName(seq)))
        else {
          for (const path of damaged) this.#context.onCorrupt(path)
          return { listing, generation }
        }
      }
      const current = await this.list()
      if (current?.seqs.at(-1) === listing.seqs.at(-1) && damaged.length === listing.seqs.length) {
        if (damaged.length === 0) return { listing }
        throw new StoreCorruptError(
          `no file in ${this.path} is intact: restore one from a backup, or sign in again, which replaces them`,
        )
      }
      listing = current
    }
    return {}
  }

  /** Resolves to whether the account certainly has a value that does not expire. */
  async isMarked(): Promise<boolean> {
    return (Number((await this.#files.checkFolder(this.path))?.mode) & MARKED) === MARKED
  }

  /** Lists the folder; resolves to `undefined` when there is none. */
  async list(): Promise<Listing | undefined> {
    const reading = recover(['ENOENT', 'ENOTDIR'], this.#files.list(this.path), undefined)
    const [exists, names] = await Promise.all([this.#files.checkFolder(this.path), reading])
    if (exists && names) return listingOf(names)
    // An unmounted volume must not look like a missing account: the store opens its directory again.
    if (await this.#files.checkFolder(this.#context.accounts)) return undefined
    throw missing(this.#context.accounts)
  }

  /** Writes the generation after `state`; resolves to `undefined` when another process has written one. */
  async write(
    { listing, generation }: AccountState,
    next: Generation,
  ): Promise<StoredGeneration | undefined> {
    const text = encode(next)
    if (!isLasting(next)) await this.#removeMark()
    const isAppend = listing && generation && generation.value !== undefined
    if (!isAppend) await this.#clear(listing)
    const seq = isAppend ? await this.#append(listing, text) : await this.#create(text, isLasting(next))
    return seq === undefined ? undefined : { ...next, seq, digest: decode(text, this.path)!.digest }
  }

  /** Removes the value of `key`, even a damaged one; resolves to `false` when another process has written since. */
  async remove(listing: Listing, key: string): Promise<boolean> {
    if (listing.seqs.length === 0) {
      await this.#clear(listing)
      return true
    }
    await this.#removeMark()
    const last = await this.#append(listing, encode({ key }))
    if (last === undefined) return false
    const now = await this.list()
    if (now?.seqs.includes(last)) await this.#clear(now) // otherwise another process removed it, and the account may exist again
    return true
  }

  /** Syncs the newest generation, its name and the account's to the disk. */
  async sync(): Promise<void> {
    const seq = (await this.list())?.seqs.at(-1)
    if (seq === undefined) return
    await this.#files.syncFile(this.#path(generationName(seq)))
    await recover(['ENOENT'], this.#files.syncFolder(this.path), undefined)
    // The process that created the account may have died before it did so.
    await this.#files.syncFolder(this.#context.accounts)
  }

  async #removeMark(): Promise<void> {
    await recover(['ENOENT'], this.#files.fs.chmod(this.path, UNMARKED), undefined)
  }

  async #read(seq: number): Promise<StoredGeneration | 'damaged' | undefined> {
    const path = this.#path(generationName(seq))
    const text = await this.#files.read(path)
    if (text === undefined) return undefined
    const generation = decode(text, path)
    if (generation && folderName(generation.key) !== this.#name)
      throw new StoreUnsafeError(`${path} belongs to another account: ${JSON.stringify(generation.key)}`)
    return generation ? { ...generation, seq } : 'damaged'
  }

  /** Creates the folder with its first generation; resolves to `undefined` when the folder exists. */
  async #create(text: string, isMarked: boolean): Promise<number | undefined> {
    const seq = firstSeq()
    const folder = `${this.#context.staging}/${randomName()}`
    await this.#files.makeFolder(folder, isMarked ? MARKED : UNMARKED)
    try {
      await new AccountSpace(this.#files, folder).createFirst(generationName(seq), text)
      await this.#files.syncFolder(folder)
      await this.#files.fs.rename(folder, this.path)
    } catch (error) {
      await this.#files.removeFolder(folder)
      if (['EEXIST', 'ENOTEMPTY'].includes(codeOf(error))) return undefined
      if (codeOf(error) === 'EPERM' && (await this.list())) return undefined // Windows reports EPERM
      // NFS can lose the response to a successful rename, and repeat it. Nobody else chooses this number.
      const isMade = codeOf(error) === 'ENOENT' && (await this.#inodeOf(generationName(seq))) !== undefined
      if (!isMade) throw error
    }
    await this.#files.syncFolder(this.#context.accounts)
    return seq
  }

  /** Links the generation after the highest in `listing`; resolves to `undefined` when another may exist. */
  async #append(listing: Listing, text: string): Promise<number | undefined> {
    if (!this.#space.isTidy(listing)) await this.#space.tidy(listing)
    const from = listing.seqs.at(-1)!
    const seq = from + 1
    const prepared = preparedName(seq)
    // ENOENT: another process wrote or removed the account, and removed our file.
    const undo = await recover(['ENOENT'], this.#space.prepare(prepared, text, listing), undefined)
    if (!undo) return undefined
    let current: Listing | undefined
    let linked = false
    try {
      current = await this.list()
      linked = current?.seqs.at(-1) === from && (await this.#link(prepared, generationName(seq)))
    } finally {
      if (!linked) await undo()
    }
    if (!current || !linked) return undefined
    const cleanup = attempt(this.#space.tidy({ ...current, seqs: [...current.seqs, seq] }))
    try {
      await recover(['ENOENT'], this.#files.syncFolder(this.path), undefined)
    } finally {
      await cleanup
    }
    return seq
  }

  /** Resolves to whether the name was free and the file still existed. */
  async #link(from: string, to: string): Promise<boolean> {
    try {
      await this.#files.fs.link(this.#path(from), this.#path(to))
      return true
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      if (codeOf(error) !== 'EEXIST') throw error
      // NFS can lose the response to a successful link, and repeat it; the file then has both names.
      const [own, linked] = await Promise.all([this.#inodeOf(from), this.#inodeOf(to)])
      return own !== undefined && own === linked
    }
  }

  async #inodeOf(name: string): Promise<bigint | undefined> {
    return (await recover(['ENOENT'], this.#files.fs.lstat(this.#path(name), { bigint: true }), undefined))
      ?.ino
  }

  /** Removes the files in `listing` from a folder without successors: the generations last, oldest first. */
  async #clear(listing: Listing | undefined): Promise<void> {
    if (!listing) return
    for (const name of [...listing.others, ...listing.seqs.map(generationName)])
      await recover(['ENOENT'], this.#files.fs.unlink(this.#path(name)), undefined)
    await recover(['ENOENT', 'ENOTEMPTY', 'EEXIST'], this.#files.fs.rmdir(this.path), undefined)
  }

  #path(name: string): string {
    return `${this.path}/${name}`
  }
}
