/** How long a database may take to open, in ms. Some browsers never report a result. */
const OPEN_TIMEOUT_MS = 10_000

/**
 * A connection to a database with one object store. It opens on demand, and again after it was lost: when Safari ends
 * the process behind it, the user clears the site's data, or a tab deletes the database.
 */
export class Connection {
  readonly #name: string
  readonly #storeName: string
  #database: Promise<IDBDatabase> | undefined

  constructor(name: string, storeName: string) {
    this.#name = name
    this.#storeName = storeName
  }

  /**
   * Runs `work` in one transaction. Resolves to the value that `work` passes to `setResult` after the commit, with
   * strict durability if the browser supports it. If the connection fails, it runs `work` once more on a new one; the
   * first run may have been committed.
   */
  async run<T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore, setResult: (result: T) => void) => void,
  ): Promise<T> {
    const attempt = async (): Promise<T> => {
      const opening = (this.#database ??= this.#open())
      try {
        return await runTransaction(await opening, this.#storeName, mode, work)
      } catch (error) {
        this.#closeDatabase(opening)
        throw error
      }
    }
    return attempt().catch((error: unknown) => {
      if (!isConnectionError(error)) throw error
      return attempt()
    })
  }

  /** Closes the connection after its running transactions. The next call opens it again. */
  release(): void {
    if (this.#database) this.#closeDatabase(this.#database)
  }

  #closeDatabase(opening: Promise<IDBDatabase>): void {
    if (this.#database === opening) this.#database = undefined
    opening.then(
      database => database.close(),
      () => {}, // There is nothing to close; callers that wait for it get the error.
    )
  }

  #open(): Promise<IDBDatabase> {
    const opening = openDatabase(this.#name, this.#storeName).then(database => {
      // Otherwise other tabs cannot delete or upgrade the database. The next call opens it again.
      database.onversionchange = () => this.#closeDatabase(opening)
      database.onclose = () => this.#closeDatabase(opening)
      return database
    })
    return opening
  }
}

/** Returns whether a new connection may help: not for a full disk, or after a timeout. */
function isConnectionError(error: unknown): boolean {
  return error instanceof DOMException && !['QuotaExceededError', 'TimeoutError'].includes(error.name)
}

function runTransaction<T>(
  database: IDBDatabase,
  storeName: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore, setResult: (result: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(storeName, mode, { durability: 'strict' })
    let result!: T
    transaction.oncomplete = () => resolve(result)
    transaction.onabort = () =>
      reject(transaction.error ?? new DOMException('The transaction was aborted.', 'AbortError'))
    work(transaction.objectStore(storeName), value => (result = value))
  })
}

/** Opens the existing version, so that older and newer code can use one database at the same time. */
async function openDatabase(name: string, storeName: string): Promise<IDBDatabase> {
  const database = await openVersion(name, storeName)
  if (database.objectStoreNames.contains(storeName)) return database
  database.close()
  return openVersion(name, storeName, database.version + 1)
}

function openVersion(name: string, storeName: string, version?: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    const timer = setTimeout(() => {
      reject(new DOMException('The database did not open in time.', 'TimeoutError'))
      request.onsuccess = () => request.result.close()
    }, OPEN_TIMEOUT_MS)
    request.onupgradeneeded = () => {
      const { result } = request
      if (!result.objectStoreNames.contains(storeName)) result.createObjectStore(storeName)
    }
    request.onsuccess = () => {
      clearTimeout(timer)
      resolve(request.result)
    }
    request.onerror = () => {
      clearTimeout(timer)
      reject(request.error)
    }
  })
}
