import localforage from 'localforage'
import { Connection } from './connection.ts'

/** What `update` does with a key: stores another value, takes it away, or leaves it. */
export type Change<T> = { readonly put?: unknown; readonly remove?: true; readonly result: T }

/** A localforage over the driver below: its own methods, and what they cannot do. */
export interface Database extends LocalForageDbMethodsCore {
  ready(): Promise<void>
  /**
   * Reads what is stored under `key` (undefined: nothing), and does what `decide` makes of it, in one transaction:
   * no other tab or worker comes between. `decide` must not throw; on a new connection it may be asked again.
   */
  update<T>(key: string, decide: (found: unknown) => Change<T>): Promise<T>
  /** Writes, reads and deletes a value that nobody else can see; rejects unless all of it can be done. */
  probe(): Promise<void>
  /** Lets the connection go until it is needed again. */
  rest(): void
}

interface Instance {
  _dbInfo: Connection
}

/** No string, so that every string is free. */
const PROBE: IDBValidKey = []

/** Every method's one request: the result of `ask` in a transaction of `mode`. */
function request<T>(
  { _dbInfo }: Instance,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return _dbInfo.run<T>(mode, (store, leave) => {
    const asked = ask(store)
    asked.onsuccess = () => leave(asked.result)
  })
}

/**
 * IndexedDB for localforage, beside its own driver because that one writes with relaxed durability, cannot compare
 * and set in one transaction, and never recovers from a reconnection that failed. The methods are those that
 * localforage demands of a driver, and `update`, `probe` and `rest`, which it hands on to its instances.
 */
const driver = {
  _driver: 'latchkeyIndexedDB1',
  _support: true,
  // Opens nothing yet: localforage would hide what went wrong, and never try again.
  async _initStorage(this: Instance, { name, storeName }: LocalForageOptions) {
    this._dbInfo = new Connection(name!, storeName!)
  },

  async getItem(this: Instance, key: string) {
    return (await request<unknown>(this, 'readonly', store => store.get(key))) ?? null
  },
  async setItem(this: Instance, key: string, value: unknown) {
    await request(this, 'readwrite', store => store.put(value, key))
    return value
  },
  removeItem(this: Instance, key: string) {
    return request(this, 'readwrite', store => store.delete(key))
  },
  clear(this: Instance) {
    return request(this, 'readwrite', store => store.clear())
  },
  length(this: Instance) {
    return request(this, 'readonly', store => store.count())
  },
  keys(this: Instance) {
    return request(this, 'readonly', store => store.getAllKeys())
  },
  async key(this: Instance, n: number) {
    return (await request(this, 'readonly', store => store.getAllKeys()))[n] ?? null
  },
  iterate(this: Instance, see: (value: unknown, key: IDBValidKey, nth: number) => unknown) {
    return this._dbInfo.run<unknown>('readonly', (store, leave) => {
      let nth = 0
      const cursor = store.openCursor()
      cursor.onsuccess = () => {
        if (!cursor.result) return
        const seen = see(cursor.result.value, cursor.result.key, ++nth)
        if (seen === undefined) cursor.result.continue()
        else leave(seen)
      }
    })
  },

  update<T>(this: Instance, key: string, decide: (found: unknown) => Change<T>) {
    return this._dbInfo.run<T>('readwrite', (store, leave) => {
      const get = store.get(key)
      get.onsuccess = () => {
        const { put, remove, result } = decide(get.result)
        if (put !== undefined) store.put(put, key)
        if (remove) store.delete(key)
        leave(result)
      }
    })
  },
  probe(this: Instance) {
    return this._dbInfo.run<void>('readwrite', store => {
      store.put('probe', PROBE)
      const get = store.get(PROBE)
      get.onsuccess = () => {
        if (get.result === 'probe') store.delete(PROBE)
        else store.transaction.abort()
      }
    })
  },
  rest(this: Instance) {
    this._dbInfo.rest()
  },
}

/** The database `name`, not opened yet. */
export function openDatabase(name: string): Database {
  if (!localforage.supports(driver._driver)) void localforage.defineDriver(driver as never)
  const options = { name, storeName: 'tokens', driver: driver._driver }
  return localforage.createInstance(options) as LocalForage & Database
}
