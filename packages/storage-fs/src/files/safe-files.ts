import { constants, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { attempt, codeOf, recover, StoreUnsafeError } from '../errors.ts'
import { type Descriptors, newPatience, type Patience } from './descriptors.ts'
import type { FileSystem } from './file-system.ts'

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/** Larger than any file that this package writes. */
const LARGEST_BYTES = 64 * 1024 * 1024

const WINDOWS = process.platform === 'win32'

/**
 * Files of mode 0600 in folders of 0700, whatever the umask. Follows no link, rejects files of other users. An instance
 * serves one call of the store, which waits only so long for a file descriptor.
 */
export class SafeFiles {
  readonly fs: FileSystem
  readonly descriptors: Descriptors
  readonly patience: Patience = newPatience()
  readonly #uid = process.geteuid?.()

  constructor(fs: FileSystem, descriptors: Descriptors) {
    this.fs = fs
    this.descriptors = descriptors
  }

  /** Creates a folder; rejects with `EEXIST` if it exists. */
  async makeFolder(path: string, mode = 0o700): Promise<void> {
    await this.fs.mkdir(path, { mode })
    await this.fs.chmod(path, mode)
  }

  /** Creates a folder if there is none. */
  async ensureFolder(path: string): Promise<void> {
    await recover(['EEXIST'], this.makeFolder(path), undefined)
    await this.checkFolder(path)
  }

  /** Resolves to what is known of a folder. @throws {StoreUnsafeError} when others own it or can access it. */
  async checkFolder(path: string): Promise<Stats | undefined> {
    const stats = await recover(['ENOENT'], this.fs.lstat(path), undefined)
    if (stats && !stats.isDirectory()) throw new StoreUnsafeError(`${path} is not a folder`)
    if (stats) this.#checkOwner(path, stats, 0o077)
    return stats
  }

  /** Returns the names in a folder. */
  async list(path: string): Promise<string[]> {
    return this.descriptors.use(this.patience, () => this.fs.readdir(path))
  }

  /**
   * Removes a folder that others may still use under its name, and its files; ignores errors. `aside` is another name on the
   * same disk: a folder without its files must not be renamed to where it would count.
   */
  async discardFolder(path: string, aside: string): Promise<void> {
    if (await attempt(this.fs.rename(path, aside))) await this.removeFolder(aside)
  }

  /** Removes a folder and its files; ignores errors. */
  async removeFolder(path: string): Promise<void> {
    const names = await recover(['ENOENT'], this.list(path), [])
    for (const name of names) await attempt(this.fs.unlink(`${path}/${name}`))
    await attempt(this.fs.rmdir(path))
  }

  /** Reads the text of a file; resolves to `undefined` when there is none, or its name was removed meanwhile. */
  async read(path: string): Promise<string | undefined> {
    const reading = this.#withFile(path, O_RDONLY, async handle => {
      const { size } = await this.#check(path, handle)
      const bytes = Buffer.alloc(size)
      const { bytesRead } = await handle.read(bytes, 0, size, 0) // a short read fails the checksum
      // The file of a removed name becomes a spare, and may hold a text that is not written yet.
      await this.fs.lstat(path)
      return bytes.toString('utf8', 0, bytesRead)
    })
    return recover(['ENOENT', 'ESTALE'], reading, undefined)
  }

  /** Writes a new file, padded with spaces to `size` bytes, and syncs it. */
  async create(path: string, text: string, size: number): Promise<void> {
    await this.#withFile(path, O_WRONLY | O_CREAT | O_EXCL, async handle => {
      await handle.chmod(0o600)
      await this.#check(path, handle)
      await writePadded(handle, text, size)
      await handle.sync()
    })
  }

  /** Creates an empty file without syncing it. */
  async createEmpty(path: string): Promise<void> {
    await this.#withFile(path, O_WRONLY | O_CREAT | O_EXCL, handle => handle.chmod(0o600))
  }

  /** Overwrites an existing file and syncs it. It keeps its size, so it needs no new block. */
  async overwrite(path: string, text: string): Promise<void> {
    await this.#withFile(path, O_WRONLY, async handle => {
      const { size } = await this.#check(path, handle)
      await writePadded(handle, text, size)
      await handle.sync()
    })
  }

  /** Resolves to the size in bytes of a file that can be overwritten; 0 when there is none, or it has another name, too. */
  async reusableSizeOf(path: string): Promise<number> {
    const stats = await recover(['ENOENT'], this.fs.lstat(path), undefined)
    return stats?.nlink === 1 ? stats.size : 0
  }

  /** Syncs the names in a folder to the disk; Windows needs no such call. */
  async syncFolder(path: string): Promise<void> {
    if (!WINDOWS) await this.#withFile(path, O_RDONLY, handle => handle.sync())
  }

  /** Syncs a file to the disk, if it still exists. */
  async syncFile(path: string): Promise<void> {
    const syncing = this.#withFile(path, WINDOWS ? O_WRONLY : O_RDONLY, handle => handle.sync())
    await recover(['ENOENT'], syncing, undefined)
  }

  /** Opens a file, works with it and closes it. If that fails, removes a file that it has created. */
  async #withFile<T>(path: string, flags: number, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    return this.descriptors.use(this.patience, async () => {
      const handle = await this.#open(path, flags)
      try {
        return await work(handle).finally(() => handle.close())
      } catch (error) {
        if (flags & O_CREAT) await attempt(this.fs.unlink(path))
        throw error
      }
    })
  }

  async #open(path: string, flags: number): Promise<FileHandle> {
    try {
      return await this.fs.open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600)
    } catch (error) {
      if (codeOf(error) !== 'ELOOP') throw error
      throw new StoreUnsafeError(`${path} is a symbolic link`)
    }
  }

  async #check(path: string, handle: FileHandle): Promise<Stats> {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new StoreUnsafeError(`${path} is not a file`)
    if (stats.size > LARGEST_BYTES) throw new StoreUnsafeError(`${path} is too large: ${stats.size} bytes`)
    this.#checkOwner(path, stats, 0o177)
    return stats
  }

  #checkOwner(path: string, { uid, mode }: Stats, forbidden: number): void {
    if (this.#uid === undefined) return
    if (uid !== this.#uid)
      throw new StoreUnsafeError(`${path} belongs to user ${uid}, but this process runs as user ${this.#uid}`)
    if (mode & forbidden)
      throw new StoreUnsafeError(
        `${path} is accessible to others (mode ${(mode & 0o777).toString(8)}): chmod go= it`,
      )
  }
}

/** Writes `text`, padded with spaces to `size` bytes. Repeats partial writes. */
async function writePadded(handle: FileHandle, text: string, size: number): Promise<void> {
  const bytes = Buffer.from(text)
  const padded = Buffer.concat([bytes, Buffer.alloc(Math.max(0, size - bytes.length), ' ')])
  for (let written = 0; written < padded.length;) {
    const { bytesWritten } = await handle.write(padded, written, padded.length - written, written)
    if (bytesWritten === 0) throw new Error('a write wrote no bytes')
    written += bytesWritten
  }
}
