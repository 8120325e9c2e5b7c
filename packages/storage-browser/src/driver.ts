import localforage from 'localforage'
import { Connection } from './connection.ts'

/** What `update` does with a key: stores a new value, removes it, or leaves it unchanged. */
export type Update<T> = { readonly put?: unknown; readonly remove?: true; readonly result: T }

/** A localforage instance with the driver below, and additional methods. */
export interface Database extends LocalForageDbMethodsCore {
  ready(): Promise<void>
  /**
   * Reads the value of `key` (`undefined` if absent) and applies the result of `decide`, in one transaction: no other
   * tab or worker can interfere. `decide` must not throw. On a new connection it may be called again.
   */
  update<T>(key: string, decide: (found: unknown) => Update<T>): Promise<T>
  /** Writes, reads and deletes a value that no other code sees; rejects if any of it fails. */
  probe(): Promise<void>
  /** Closes the connection until the next call. */
  release(): void
}

interface Instance {
  _dbInfo: Connection
}

/** Not a string, so that it cannot collide with a key. */
const PROBE_KEY: IDBValidKey = []

/** Resolves to the result of the request that `start` makes, in a transaction of `mode`. */
function requestResult<T>(
  { _dbInfo }: Instance,
  mode: IDBTransactionMode,
  start: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return _dbInfo.run<T>(mode, (store, setResult) => {
    const request = start(store)
    request.onsuccess = () => setResult(request.result)
  })
}

/**
 * A localforage driver for IndexedDB. localforage's own driver writes with relaxed durability, cannot compare and set in
 * one transaction, and never recovers from a failed reconnection. It has the methods that localforage requires, and
 * `update`, `probe` and `release`, which localforage copies to its instances.
 */
const driver = {
  _driver: 'latchkeyIndexedDB1',
  _support: true,
  // Does not open the database: localforage would hide the error and never try again.
  async _initStorage(this: Instance, { name, storeName }: LocalForageOptions) {
    this._dbInfo = new Connection(name!, storeName!)
  },

  async getItem(this: Instance, key: string) {
    return (await requestResult<unknown>(this, 'readonly', store => store.get(key))) ?? null
  },
  async setItem(this: Instance, key: string, value: unknown) {
    await requestResult(this, 'readwrite', store => store.put(value, key))
    return value
  },
  removeItem(this: Instance, key: string) {
    return requestResult(this, 'readwrite', store => store.delete(key))
  },
  clear(this: Instance) {
    return requestResult(this, 'readwrite', store => store.clear())
  },
  length(this: Instance) {
    return requestResult(this, 'readonly', store => store.count())
  },
  keys(this: Instance) {
    return requestResult(this, 'readonly', store => store.getAllKeys())
  },
  async key(this: Instance, n: number) {
    return (await requestResult(this, 'readonly', store => store.getAllKeys()))[n] ?? null
  },
  iterate(this: Instance, visit: (value: unknown, key: IDBValidKey, nth: number) => unknown) {
    return this._dbInfo.run<unknown>('readonly', (store, setResult) => {
      let count = 0
      const cursor = store.openCursor()
      cursor.onsuccess = () => {
        if (!cursor.result) return
        const result = visit(cursor.result.value, cursor.result.key, ++count)
        if (result === undefined) cursor.result.continue()
        else setResult(result)
      }
    })
  },

  update<T>(this: Instance, key: string, decide: (found: unknown) => Update<T>) {
    return this._dbInfo.run<T>('readwrite', (store, setResult) => {
      const get = store.get(key)
      get.onsuccess = () => {
        const { put, remove, result } = decide(get.result)
        if (put !== undefined) store.put(put, key)
        if (remove) store.delete(key)
        setResult(result)
      }
    })
  },
  probe(this: Instance) {
    return this._dbInfo.run<void>('readwrite', store => {
      store.put('probe', PROBE_KEY)
      const get = store.get(PROBE_KEY)
      get.onsuccess = () => {
        if (get.result === 'probe') store.delete(PROBE_KEY)
        else store.transaction.abort()
      }
    })
  },
  release(this: Instance) {
    this._dbInfo.release()
  },
}

/** Returns the database `name` without opening it. */
export function openDatabase(name: string): Database {
  if (!localforage.supports(driver._driver)) void localforage.defineDriver(driver as never)
  const options = { name, storeName: 'tokens', driver: driver._driver }
  return localforage.createInstance(options) as LocalForage & Database
}
