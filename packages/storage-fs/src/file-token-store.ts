import { resolve } from 'node:path'
import { StoreCorruptError, type TokenStore } from '@latchkey/core'
import {
  checkOptionNames,
  type Clock,
  type Json,
  type Locks,
  type Logger,
  type Stored,
  type SwapResult,
  type Version,
} from '@latchkey/core/ports'
import { attempt, codeOf, StoreNewerError, StoreUnsafeError, toLatchkeyError } from './errors.ts'
import { AccountFolder, type StoredGeneration, type AccountState } from './files/account-folder.ts'
import { defaultDirectory, type Folders, openDirectory } from './files/directory.ts'
import { Descriptors, FEWEST_DESCRIPTORS } from './files/descriptors.ts'
import { type FileSystem, systemFiles } from './files/file-system.ts'
import { folderName, keyOfFolder } from './files/folder-name.ts'
import { Cleanup } from './files/cleanup.ts'
import { SafeFiles } from './files/safe-files.ts'
import { FolderWatches } from './files/folder-watches.ts'
import { fileLocks } from './locks/file-locks.ts'
import { prepareNextScope } from './locks/scope-folder.ts'
import { systemClock } from './system-clock.ts'

/** Options of a `FileTokenStore`. */
export interface FileTokenStoreOptions {
  /** The folder of the files, created if missing. Default: `defaultDirectory()`. */
  readonly directory?: string | undefined
  /** Set to `false` if the file system has no sockets: writers then rely on swaps alone. Default `true`. */
  readonly locks?: boolean | undefined
  /** Receives a warning when a damaged file is skipped. Default `console`. */
  readonly logger?: Logger | undefined
  /**
   * The most file descriptors that this store opens at once, at least 16. Further calls wait. Default 256.
   */
  readonly maxOpenFiles?: number | undefined
  /** The clock for expiry and lock timeouts. Default: the system's. */
  readonly clock?: Clock | undefined
  /** The file system calls. Tests pass their own. */
  readonly fs?: FileSystem | undefined
}

/**
 * A `TokenStore` in readable JSON files, shared by the processes of one host. Each account has a folder of mode 0700
 * with files of mode 0600.
 *
 * Methods reject with `StoreError` if the disk fails, `StoreCorruptError` if an account has no intact file,
 * `StoreNewerError` if a later version wrote it, and `StoreUnsafeError` if a file or folder is a link, belongs to
 * another user or is accessible to others. A method that rejects with one of the last three changes nothing.
 */
export class FileTokenStore implements TokenStore {
  readonly atomicity = 'host'
  readonly locks?: Locks
  readonly #directory: string
  readonly #fs: FileSystem
  readonly #descriptors: Descriptors
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #cleanup: Cleanup
  readonly #watches = new FolderWatches()
  readonly #warned = new Set<string>()
  #folders: Promise<Folders> | undefined
  /** The file system that contained the directory when it was opened. */
  #device: number | undefined
  #closed = false

  /**
   * Does not access the disk.
   *
   * @throws {TypeError} when an option is unknown or has the wrong type.
   * @throws {StoreError} when there is no `directory`, and this user has no home folder.
   */
  constructor(options: FileTokenStoreOptions = {}) {
    checkOptionNames('FileTokenStore', options, [
      ...['directory', 'locks', 'logger', 'maxOpenFiles', 'clock', 'fs'],
    ])
    const { locks = true, logger = console, clock = systemClock, fs = systemFiles } = options
    const { directory = defaultDirectory(), maxOpenFiles = 256 } = options
    if (typeof directory !== 'string' || directory === '')
      throw new TypeError('directory must be a non-empty path')
    if (!Number.isSafeInteger(maxOpenFiles) || maxOpenFiles < FEWEST_DESCRIPTORS)
      throw new TypeError(`maxOpenFiles must be an integer of at least ${FEWEST_DESCRIPTORS}`)
    this.#directory = resolve(directory)
    this.#fs = fs
    this.#descriptors = new Descriptors(maxOpenFiles)
    this.#clock = clock
    this.#logger = logger
    this.#cleanup = new Cleanup((files, name, folders) => this.#removeIfExpired(files, name, folders))
    if (locks)
      this.locks = fileLocks(clock, work => this.#withFolders((files, folders) => work(files, folders.locks)))
  }

  async read(key: string): Promise<Stored | undefined> {
    return this.#withAccount('read', key, async account => this.#toStored(await account.readNewest()))
  }

  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    { expiresAtMs }: { readonly expiresAtMs?: number } = {},
  ): Promise<SwapResult> {
    // Copies the value, because the caller may change it while we wait for the disk.
    const expiry = expiresAtMs === undefined ? {} : { expiresAtMs: checkExpiry(expiresAtMs) }
    const next = { key, ...expiry, value: JSON.parse(toJson(value)) as Json }
    return this.#withAccount('write', key, async (account, files, folders) => {
      for (;;) {
        const state = await account.readNewest()
        const current = this.#toStored(state)
        if (current?.version !== expected) return { swapped: false, current }
        const written = await account.write(state, next)
        if (!written) continue
        if (!state.listing) await attempt(this.#cleanup.run(files, folders))
        return { swapped: true, version: versionOf(written) }
      }
    })
  }

  async remove(key: string): Promise<void> {
    await this.#withAccount('remove', key, async account => {
      for (;;) {
        const listing = await account.list()
        if (!listing || (await account.remove(listing, key))) return
      }
    })
  }

  /** Syncs file and folder to the disk again. A write that resolved has already done so. */
  async confirm(key: string): Promise<boolean> {
    await this.#withAccount('confirm', key, account => account.sync())
    return true
  }

  watch(key: string, listener: () => void): () => void {
    let isActive = true
    let unwatch: (() => void) | undefined
    const start = ({ accounts }: Folders): void => {
      if (isActive && !this.#closed) unwatch = this.#watches.add(`${accounts}/${folderName(key)}`, listener)
    }
    this.#openFolders(this.#newFiles()).then(start, () => undefined)
    return () => {
      isActive = false
      unwatch?.()
    }
  }

  async *keys(): AsyncIterable<string> {
    try {
      const folder = await this.#withFolders(({ fs, patience }, { accounts }) =>
        this.#descriptors.retry(patience, () => fs.opendir(accounts, { bufferSize: BATCH_SIZE })),
      )
      for await (const names of batchNames(folder)) {
        const keys = await Promise.all(names.map(name => this.#readKey(name)))
        for (const key of keys) if (key !== undefined) yield key
      }
    } catch (error) {
      throw toLatchkeyError('list the accounts', error)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watches.close()
  }

  /** Returns the files of one call. */
  #newFiles(): SafeFiles {
    return new SafeFiles(this.#fs, this.#descriptors)
  }

  /** Opens the directory once. After a failure, or its removal, the next call opens it again. */
  #openFolders(files: SafeFiles): Promise<Folders> {
    this.#folders ??= this.#open(files).catch((error: unknown) => {
      this.#folders = undefined
      throw error
    })
    return this.#folders
  }

  async #open(files: SafeFiles): Promise<Folders> {
    const folders = await openDirectory(files, this.#directory, this.#device)
    this.#device = folders.device
    this.#watches.retry()
    if (this.locks) await prepareNextScope(files, folders.locks)
    return folders
  }

  /** Calls `work`, and again if the directory or a part of it was removed. */
  async #withFolders<T>(work: (files: SafeFiles, folders: Folders) => Promise<T>): Promise<T> {
    const files = this.#newFiles()
    const opened = this.#openFolders(files)
    try {
      return await work(files, await opened)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      if (this.#folders === opened) this.#folders = undefined
      return work(files, await this.#openFolders(files))
    }
  }

  async #withAccount<T>(
    action: string,
    key: string,
    work: (account: AccountFolder, files: SafeFiles, folders: Folders) => Promise<T>,
  ): Promise<T> {
    if (typeof key !== 'string') throw new TypeError('key must be a string')
    try {
      return await this.#withFolders((files, folders) =>
        work(this.#account(files, folderName(key), folders), files, folders),
      )
    } catch (error) {
      throw toLatchkeyError(`${action} ${JSON.stringify(key)} in ${this.#directory}`, error)
    }
  }

  #account(files: SafeFiles, name: string, { accounts, staging }: Folders): AccountFolder {
    const onCorrupt = (path: string): void =>
      this.#warnOnce(`store_corrupt: ${path} is damaged; the previous version is used`)
    return new AccountFolder(name, { files, accounts, staging, onCorrupt })
  }

  /** Returns the stored value, or `undefined` if there is none or it has expired. */
  #toStored({ generation }: AccountState): Stored | undefined {
    if (generation?.value === undefined || this.#isExpired(generation)) return undefined
    return { value: generation.value, version: versionOf(generation) }
  }

  #isExpired({ expiresAtMs = Infinity }: StoredGeneration): boolean {
    return expiresAtMs <= this.#clock.nowMs()
  }

  /** Removes an account whose value has expired, and what a removal that was killed has left. */
  async #removeIfExpired(files: SafeFiles, name: string, folders: Folders): Promise<void> {
    const account = this.#account(files, name, folders)
    const { listing, generation } = await account.readNewest()
    const isGone = generation?.value === undefined || this.#isExpired(generation)
    if (listing && isGone) await account.remove(listing, generation?.key ?? '')
  }

  /** Decodes the key from the name of an account's folder, or reads it if it must or the value may have expired. */
  async #readKey(name: string): Promise<string | undefined> {
    const key = keyOfFolder(name)
    try {
      const files = this.#newFiles()
      const account = this.#account(files, name, await this.#openFolders(files))
      if (key !== undefined && (await account.isMarked())) return key
      const state = await account.readNewest()
      return this.#toStored(state) && state.generation?.key
    } catch (error) {
      if (!ACCOUNT_ERRORS.some(kind => error instanceof kind)) throw error
      this.#warnOnce((error as Error).message)
      return key
    }
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.#logger.warn(message)
  }
}

/** Errors that concern one account only. */
const ACCOUNT_ERRORS = [StoreCorruptError, StoreNewerError, StoreUnsafeError]

const versionOf = ({ seq, digest }: { readonly seq: number; readonly digest: string }): Version =>
  `${seq}-${digest.slice(0, 16)}`

/** @throws {TypeError} when `value` is not JSON. */
function toJson(value: Json): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError('value must be JSON')
  return text
}

function checkExpiry(expiresAtMs: number): number {
  if (!Number.isFinite(expiresAtMs)) throw new TypeError('expiresAtMs must be a finite number')
  return expiresAtMs
}

/** How many accounts are read at once during a listing. */
const BATCH_SIZE = 32

/** Yields the names in a folder in batches, so that memory use does not grow with the number of accounts. */
async function* batchNames(
  folder: AsyncIterable<{ readonly name: string }>,
): AsyncIterable<readonly string[]> {
  let batch: string[] = []
  for await (const { name } of folder)
    if (batch.push(name) === BATCH_SIZE) {
      yield batch
      batch = []
    }
  yield batch
}
