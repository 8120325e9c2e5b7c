import { resolve } from 'node:path'
import type { TokenStore } from '@latchkey/core'
import type { Clock, Json, Locks, Logger, Stored, SwapResult, Version } from '@latchkey/core/ports'
import { quietly, StoreCorruptError, StoreNewerError, StoreUnsafeError, typed } from './errors.ts'
import { AccountFolder, type Found, type Seen } from './files/account-folder.ts'
import { defaultDirectory, type Folders, openDirectory } from './files/directory.ts'
import { type FileSystem, systemFiles } from './files/file-system.ts'
import { folderName, keyOfFolder } from './files/folder-name.ts'
import { Janitor } from './files/janitor.ts'
import { SafeFiles } from './files/safe-files.ts'
import { Watches } from './files/watches.ts'
import { fileLocks } from './locks/file-locks.ts'
import { systemClock } from './system-clock.ts'

/** What a `FileTokenStore` is made of. */
export interface FileTokenStoreOptions {
  /** Where the files are; made when it is missing. Default: where the platform keeps a user's data. */
  readonly directory?: string | undefined
  /** `false` for a file system that cannot hold sockets: swaps alone then keep writers apart. Default `true`. */
  readonly locks?: boolean | undefined
  /** Where warnings go: a damaged file that was passed over. Default `console`. */
  readonly logger?: Logger | undefined
  /** Values expire, and who waits for a lock gives up, by this. Default: the system's. */
  readonly clock?: Clock | undefined
  /** The calls that reach the disk. Tests pass their own. */
  readonly fs?: FileSystem | undefined
}

/**
 * A `TokenStore` in files that a person can read, for every process on this host: one folder per account, mode
 * 0600 in 0700.
 *
 * Methods reject with `StoreError` where the disk fails, `StoreCorruptError` where no file of an account is whole,
 * `StoreNewerError` where a later version wrote it, and `StoreUnsafeError` where a file or folder is a link,
 * somebody else's or open to others. None of them changes anything.
 */
export class FileTokenStore implements TokenStore {
  readonly atomicity = 'host'
  readonly locks?: Locks
  readonly #directory: string
  readonly #files: SafeFiles
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #janitor: Janitor
  readonly #watches = new Watches()
  readonly #warned = new Set<string>()
  #opened: Promise<Folders> | undefined
  #closed = false

  /** Touches no file yet. @throws {TypeError} when an option is of the wrong type. */
  constructor({
    directory = defaultDirectory(),
    locks = true,
    logger = console,
    clock = systemClock,
    fs = systemFiles,
  }: FileTokenStoreOptions = {}) {
    if (typeof directory !== 'string' || directory === '')
      throw new TypeError('directory must be a path that is not empty')
    this.#directory = resolve(directory)
    this.#files = new SafeFiles(fs)
    this.#clock = clock
    this.#logger = logger
    this.#janitor = new Janitor(this.#files, (name, folders) => this.#endIfExpired(name, folders))
    const folder = async (): Promise<string> => (await this.#open()).locks
    if (locks) this.locks = fileLocks(this.#files, clock, folder)
  }

  async read(key: string): Promise<Stored | undefined> {
    return this.#attempt('read', key, async account => this.#stored(await account.newest()))
  }

  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    { expiresAtMs }: { readonly expiresAtMs?: number } = {},
  ): Promise<SwapResult> {
    // As it is now: who calls may change the object while we wait for the disk.
    const expiry = expiresAtMs === undefined ? {} : { expiresAtMs: instant(expiresAtMs) }
    const next = { key, ...expiry, value: JSON.parse(textOf(value)) as Json }
    return this.#attempt('write', key, async (account, folders) => {
      for (;;) {
        const seen = await account.newest()
        const current = this.#stored(seen)
        if (current?.version !== expected) return { swapped: false, current }
        const written = await account.follow(seen, next)
        if (!written) continue
        if (!seen.listing) await quietly(this.#janitor.work(folders))
        return { swapped: true, version: versionOf(written) }
      }
    })
  }

  async remove(key: string): Promise<void> {
    await this.#attempt('remove', key, async account => {
      for (;;) {
        const listing = await account.look()
        if (!listing || (await account.end(listing, key))) return
      }
    })
  }

  /** Brings file and folder onto the disk once more; a write that resolved has done so already. */
  async confirm(key: string): Promise<boolean> {
    await this.#attempt('confirm', key, account => account.sync())
    return true
  }

  watch(key: string, listener: () => void): () => void {
    let wanted = true
    let unwatch: (() => void) | undefined
    const begin = ({ accounts }: Folders): void => {
      if (wanted && !this.#closed) unwatch = this.#watches.add(`${accounts}/${folderName(key)}`, listener)
    }
    this.#open().then(begin, () => undefined)
    return () => {
      wanted = false
      unwatch?.()
    }
  }

  async *keys(): AsyncIterable<string> {
    try {
      const folders = await this.#open()
      for await (const names of inGroups(await this.#files.fs.opendir(folders.accounts))) {
        const keys = await Promise.all(names.map(name => this.#keyIn(name, folders)))
        for (const key of keys) if (key !== undefined) yield key
      }
    } catch (error) {
      throw typed('list the accounts', error)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watches.close()
  }

  /** Opens the directory once; a failure is no answer for the next call. */
  #open(): Promise<Folders> {
    this.#opened ??= openDirectory(this.#files, this.#directory).catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #attempt<T>(
    doing: string,
    key: string,
    work: (account: AccountFolder, folders: Folders) => Promise<T>,
  ): Promise<T> {
    if (typeof key !== 'string') throw new TypeError('key must be a string')
    try {
      const folders = await this.#open()
      return await work(this.#account(folderName(key), folders), folders)
    } catch (error) {
      throw typed(`${doing} ${JSON.stringify(key)} in ${this.#directory}`, error)
    }
  }

  #account(name: string, { accounts, workshop }: Folders): AccountFolder {
    const onCorrupt = (path: string): void =>
      this.#warnOnce(`store_corrupt: ${path} cannot be read; what was stored before it is used`)
    return new AccountFolder(name, { files: this.#files, accounts, workshop, onCorrupt })
  }

  /** What the store has there, now: what expired is not. */
  #stored({ generation }: Seen): Stored | undefined {
    if (generation?.value === undefined || this.#isExpired(generation)) return undefined
    return { value: generation.value, version: versionOf(generation) }
  }

  #isExpired({ expiresAtMs = Infinity }: Found): boolean {
    return expiresAtMs <= this.#clock.nowMs()
  }

  async #endIfExpired(name: string, folders: Folders): Promise<void> {
    const account = this.#account(name, folders)
    const { listing, generation } = await account.newest()
    if (listing && generation && this.#isExpired(generation)) await account.end(listing, generation.key)
  }

  /** The key whose value is in a folder; of a folder that cannot be read, the key that its name tells. */
  async #keyIn(name: string, folders: Folders): Promise<string | undefined> {
    try {
      const seen = await this.#account(name, folders).newest()
      return this.#stored(seen) && seen.generation?.key
    } catch (error) {
      if (!UNREADABLE.some(kind => error instanceof kind)) throw error
      this.#warnOnce((error as Error).message)
      return keyOfFolder(name)
    }
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.#logger.warn(message)
  }
}

/** What keeps one account from being read, and no other. */
const UNREADABLE = [StoreCorruptError, StoreNewerError, StoreUnsafeError]

const versionOf = ({ seq, digest }: { readonly seq: number; readonly digest: string }): Version =>
  `${seq}-${digest.slice(0, 16)}`

/** The JSON of a value, as it is now. */
function textOf(value: Json): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError('value must be JSON')
  return text
}

function instant(expiresAtMs: number): number {
  if (!Number.isFinite(expiresAtMs)) throw new TypeError('expiresAtMs must be a finite number')
  return expiresAtMs
}

/** How many accounts are read at once while they are listed. */
const GROUP = 16

/** The names in a folder, some at a time, so that a hundred thousand of them fill no memory. */
async function* inGroups(folder: AsyncIterable<{ readonly name: string }>): AsyncIterable<readonly string[]> {
  let group: string[] = []
  for await (const { name } of folder)
    if (group.push(name) === GROUP) {
      yield group
      group = []
    }
  yield group
}
