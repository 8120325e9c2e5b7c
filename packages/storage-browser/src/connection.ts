/** How long a database may take to open, in ms: some browsers never answer at all. */
const OPENING_MS = 10_000

/**
 * A connection to a database of one object store. It is opened when it is needed, and again after it was lost:
 * by Safari ending the process behind it, by the person clearing the site's data, by somebody deleting the database.
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
   * Runs `work` in one transaction, and resolves to what it left with `leave` as soon as that is committed: on the
   * disk, where the browser knows strict durability. On a connection that fails it is run once more on a new one;
   * it may then find that the first run was committed after all.
   */
  async run<T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore, leave: (result: T) => void) => void,
  ): Promise<T> {
    const attempt = async (): Promise<T> => {
      const opening = (this.#database ??= this.#open())
      try {
        return await transact(await opening, this.#storeName, mode, work)
      } catch (error) {
        this.#leave(opening)
        throw error
      }
    }
    return attempt().catch((error: unknown) => {
      if (!isFaultOfConnection(error)) throw error
      return attempt()
    })
  }

  /** Lets the connection go, once what runs on it is done, until it is needed again. */
  rest(): void {
    if (this.#database) this.#leave(this.#database)
  }

  #leave(opening: Promise<IDBDatabase>): void {
    if (this.#database === opening) this.#database = undefined
    opening.then(
      database => database.close(),
      () => {}, // There is nothing to close; who waits for it is told.
    )
  }

  #open(): Promise<IDBDatabase> {
    const opening = open(this.#name, this.#storeName).then(database => {
      // Who wants to delete or change the database waits for this; afterwards it is opened anew.
      database.onversionchange = () => this.#leave(opening)
      database.onclose = () => this.#leave(opening)
      return database
    })
    return opening
  }
}

/** A full disk stays full, and a database that does not open in time will hardly do so now. */
function isFaultOfConnection(error: unknown): boolean {
  return error instanceof DOMException && !['QuotaExceededError', 'TimeoutError'].includes(error.name)
}

function transact<T>(
  database: IDBDatabase,
  storeName: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore, leave: (result: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(storeName, mode, { durability: 'strict' })
    let result!: T
    transaction.oncomplete = () => resolve(result)
    transaction.onabort = () =>
      reject(transaction.error ?? new DOMException('The transaction was aborted.', 'AbortError'))
    work(transaction.objectStore(storeName), left => (result = left))
  })
}

/** Opens whatever version there is, so that older and newer code can use one database side by side. */
async function open(name: string, storeName: string): Promise<IDBDatabase> {
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
    }, OPENING_MS)
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
