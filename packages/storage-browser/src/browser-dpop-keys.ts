import { checkOptionNames, type DpopKeyPair, type DpopKeys } from '@latchkey/core/ports'
import { Connection } from './connection.ts'

/** Options of `BrowserDpopKeys`. */
export interface BrowserDpopKeysOptions {
  /** The name of the IndexedDB database. Default `'latchkey-keys'`. */
  readonly name?: string | undefined
}

const STORE = 'keys'

/**
 * Private keys that cannot be exported, in IndexedDB, for `dpop({ keys: new BrowserDpopKeys() })`: a script that is injected
 * into the page can use them, but not take them away. All tabs and workers of an origin share them.
 *
 * Every method rejects with the `DOMException` of the browser when it allows no database, or the database fails.
 */
export class BrowserDpopKeys implements DpopKeys {
  readonly #connection: Connection

  /** Does not access storage. @throws {TypeError} when an option is unknown, or `name` is not a non-empty string. */
  constructor(options: BrowserDpopKeysOptions = {}) {
    checkOptionNames('BrowserDpopKeys', options, ['name'])
    const { name = 'latchkey-keys' } = options
    if (typeof name !== 'string' || name === '') throw new TypeError('name must be a non-empty string')
    this.#connection = new Connection(name, STORE)
  }

  get(jkt: string): Promise<DpopKeyPair | undefined> {
    return this.#connection.run<DpopKeyPair | undefined>('readonly', (store, setResult) => {
      const request = store.get(jkt) as IDBRequest<DpopKeyPair | undefined>
      request.onsuccess = () => setResult(request.result)
    })
  }

  set(jkt: string, { privateKey, publicKey }: DpopKeyPair): Promise<void> {
    return this.#connection.run<void>('readwrite', store => void store.put({ privateKey, publicKey }, jkt))
  }

  delete(jkt: string): Promise<void> {
    return this.#connection.run<void>('readwrite', store => void store.delete(jkt))
  }
}
