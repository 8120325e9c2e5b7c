import { constants, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { attempt, StoreUnsafeError, recover } from '../errors.ts'
import type { FileSystem } from './file-system.ts'

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/** Larger than any file that this package writes. */
const LARGEST_BYTES = 64 * 1024 * 1024

const WINDOWS = process.platform === 'win32'

/** Files of mode 0600 in folders of 0700, whatever the umask. Follows no link, rejects files of other users. */
export class SafeFiles {
  readonly fs: FileSystem
  readonly #uid = process.geteuid?.()

  constructor(fs: FileSystem) {
    this.fs = fs
  }

  /** Creates a folder; rejects with `EEXIST` if it exists. */
  async makeFolder(path: string): Promise<void> {
    await this.fs.mkdir(path, { mode: 0o700 })
    await this.fs.chmod(path, 0o700)
  }

  /** Creates a folder if there is none. */
  async ensureFolder(path: string): Promise<void> {
    await recover(['EEXIST'], this.makeFolder(path), undefined)
    await this.checkFolder(path)
  }

  /** Resolves to whether the folder exists. @throws {StoreUnsafeError} when others own it or can access it. */
  async checkFolder(path: string): Promise<boolean> {
    const stats = await recover(['ENOENT'], this.fs.lstat(path), undefined)
    if (stats && !stats.isDirectory()) throw new StoreUnsafeError(`${path} is not a folder`)
    if (stats) this.#checkOwner(path, stats, 0o077)
    return stats !== undefined
  }

  /** Removes a folder and its files; ignores errors. */
  async removeFolder(path: string): Promise<void> {
    const names = await recover(['ENOENT'], this.fs.readdir(path), [])
    for (const name of names) await attempt(this.fs.unlink(`${path}/${name}`))
    await attempt(this.fs.rmdir(path))
  }

  /** Reads the text of a file; resolves to `undefined` when there is none. */
  async read(path: string): Promise<string | undefined> {
    const handle = await recover(['ENOENT', 'ESTALE'], this.#open(path, O_RDONLY), undefined)
    if (!handle) return undefined
    return closeAfter(handle, async () => {
      const { size } = await this.#check(path, handle)
      const bytes = Buffer.alloc(size)
      const { bytesRead } = await handle.read(bytes, 0, size, 0) // a short read fails the checksum
      return bytes.toString('utf8', 0, bytesRead)
    })
  }

  /** Writes a new file, padded with spaces to `size` bytes, and syncs it. On failure, no file is left. */
  async create(path: string, text: string, size: number): Promise<void> {
    const handle = await this.#open(path, O_WRONLY | O_CREAT | O_EXCL)
    try {
      await closeAfter(handle, async () => {
        await handle.chmod(0o600)
        await this.#check(path, handle)
        await writePadded(handle, text, size)
        await handle.sync()
      })
    } catch (error) {
      await attempt(this.fs.unlink(path))
      throw error
    }
  }

  /** Creates an empty file without syncing it. */
  async createEmpty(path: string): Promise<void> {
    const handle = await this.#open(path, O_WRONLY | O_CREAT | O_EXCL)
    await closeAfter(handle, () => handle.chmod(0o600))
  }

  /** Overwrites an existing file and syncs it. It keeps its size, so it needs no new block. */
  async overwrite(path: string, text: string): Promise<void> {
    const handle = await this.#open(path, O_WRONLY)
    await closeAfter(handle, async () => {
      const { size } = await this.#check(path, handle)
      await writePadded(handle, text, size)
      await handle.sync()
    })
  }

  /** Resolves to the size of a file in bytes; 0 when there is none. */
  async sizeOf(path: string): Promise<number> {
    return (await recover(['ENOENT'], this.fs.lstat(path), undefined))?.size ?? 0
  }

  /** Syncs the names in a folder to the disk; Windows needs no such call. */
  async syncFolder(path: string): Promise<void> {
    if (WINDOWS) return
    const handle = await this.#open(path, O_RDONLY)
    await closeAfter(handle, () => handle.sync())
  }

  /** Syncs a file to the disk, if it still exists. */
  async syncFile(path: string): Promise<void> {
    const handle = await recover(['ENOENT'], this.#open(path, WINDOWS ? O_WRONLY : O_RDONLY), undefined)
    if (handle) await closeAfter(handle, () => handle.sync())
  }

  async #open(path: string, flags: number): Promise<FileHandle> {
    try {
      return await this.fs.open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ELOOP') throw error
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

async function closeAfter<T>(handle: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    await handle.close()
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
