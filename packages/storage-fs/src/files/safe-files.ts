import { constants, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { quietly, StoreUnsafeError, unless } from '../errors.ts'
import type { FileSystem } from './file-system.ts'

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/** More than any account's file; what is longer was not written here. */
const LARGEST_BYTES = 64 * 1024 * 1024

const WINDOWS = process.platform === 'win32'

/** Files of mode 0600 in folders of 0700, whatever the umask; no link followed, nobody else's file touched. */
export class SafeFiles {
  readonly fs: FileSystem
  readonly #uid = process.geteuid?.()

  constructor(fs: FileSystem) {
    this.fs = fs
  }

  /** Makes a folder, which must not exist; `EEXIST` otherwise. */
  async makeFolder(path: string): Promise<void> {
    await this.fs.mkdir(path, { mode: 0o700 })
    await this.fs.chmod(path, 0o700)
  }

  /** Makes a folder where there is none. */
  async needFolder(path: string): Promise<void> {
    await unless(['EEXIST'], this.makeFolder(path), undefined)
    await this.checkFolder(path)
  }

  /** Whether the folder is there. @throws {StoreUnsafeError} when it is not one, or not ours alone. */
  async checkFolder(path: string): Promise<boolean> {
    const stats = await unless(['ENOENT'], this.fs.lstat(path), undefined)
    if (stats && !stats.isDirectory()) throw new StoreUnsafeError(`${path} is not a folder`)
    if (stats) this.#checkOwner(path, stats, 0o077)
    return stats !== undefined
  }

  /** Takes away a folder of files that nobody needs any more, as far as that can be done. */
  async removeFolder(path: string): Promise<void> {
    const names = await unless(['ENOENT'], this.fs.readdir(path), [])
    for (const name of names) await quietly(this.fs.unlink(`${path}/${name}`))
    await quietly(this.fs.rmdir(path))
  }

  /** The text of a file, `undefined` when there is none. */
  async read(path: string): Promise<string | undefined> {
    const handle = await unless(['ENOENT', 'ESTALE'], this.#open(path, O_RDONLY), undefined)
    if (!handle) return undefined
    return using(handle, async () => {
      const { size } = await this.#check(path, handle)
      const bytes = Buffer.alloc(size)
      const { bytesRead } = await handle.read(bytes, 0, size, 0) // all, or it is torn
      return bytes.toString('utf8', 0, bytesRead)
    })
  }

  /** Writes a new file whole, with spaces up to `size` bytes, and onto the disk; or leaves none. */
  async create(path: string, text: string, size: number): Promise<void> {
    const handle = await this.#open(path, O_WRONLY | O_CREAT | O_EXCL)
    try {
      await using(handle, async () => {
        await handle.chmod(0o600)
        await this.#check(path, handle)
        await fill(handle, text, size)
        await handle.sync()
      })
    } catch (error) {
      await quietly(this.fs.unlink(path))
      throw error
    }
  }

  /** Makes an empty file, which is not brought onto the disk. */
  async mark(path: string): Promise<void> {
    const handle = await this.#open(path, O_WRONLY | O_CREAT | O_EXCL)
    await using(handle, () => handle.chmod(0o600))
  }

  /** Writes over a file of ours, and onto the disk; it keeps its size, and no block is needed. */
  async overwrite(path: string, text: string): Promise<void> {
    const handle = await this.#open(path, O_WRONLY)
    await using(handle, async () => {
      const { size } = await this.#check(path, handle)
      await fill(handle, text, size)
      await handle.sync()
    })
  }

  /** The size of a file in bytes; 0 when there is none. */
  async sizeOf(path: string): Promise<number> {
    return (await unless(['ENOENT'], this.fs.lstat(path), undefined))?.size ?? 0
  }

  /** Brings the names in a folder onto the disk; on Windows they are there already. */
  async syncFolder(path: string): Promise<void> {
    if (WINDOWS) return
    const handle = await this.#open(path, O_RDONLY)
    await using(handle, () => handle.sync())
  }

  /** Brings a file onto the disk, where it is still there. */
  async syncFile(path: string): Promise<void> {
    const handle = await unless(['ENOENT'], this.#open(path, WINDOWS ? O_WRONLY : O_RDONLY), undefined)
    if (handle) await using(handle, () => handle.sync())
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
    if (stats.size > LARGEST_BYTES) throw new StoreUnsafeError(`${path} has ${stats.size} bytes`)
    this.#checkOwner(path, stats, 0o177)
    return stats
  }

  #checkOwner(path: string, { uid, mode }: Stats, forbidden: number): void {
    if (this.#uid === undefined) return
    if (uid !== this.#uid)
      throw new StoreUnsafeError(`${path} belongs to user ${uid}, and this process is user ${this.#uid}`)
    if (mode & forbidden)
      throw new StoreUnsafeError(`${path} is open to others: its mode is ${(mode & 0o777).toString(8)}`)
  }
}

async function using<T>(handle: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    await handle.close()
  }
}

/** Writes `text` and spaces up to `size` bytes; a write may take fewer bytes than it was given. */
async function fill(handle: FileHandle, text: string, size: number): Promise<void> {
  const bytes = Buffer.from(text)
  const whole = Buffer.concat([bytes, Buffer.alloc(Math.max(0, size - bytes.length), ' ')])
  for (let done = 0; done < whole.length;) {
    const { bytesWritten } = await handle.write(whole, done, whole.length - done, done)
    if (bytesWritten === 0) throw new Error('a write took no bytes')
    done += bytesWritten
  }
}
