// What is measured within the browser, on one connection to each database.
import { BrowserTokenStore } from '@latchkey/storage-browser'
import { sealed } from '../../../tools/sealed.ts'
import { medianNs } from '../round.ts'
import { callsOf, KEY, VALUE } from './calls.ts'

/** A page's clock has a resolution of 100 µs, so calls are timed in batches. */
const TOGETHER = { warmup_threshold: Infinity, batch_threshold: Infinity, batch_samples: 16, gc: false }

const DATABASE = 'raw'
const STORE = 'tokens'

type Rounds = Readonly<Record<'read' | 'swap', Readonly<Record<string, () => Promise<number>>>>>

declare global {
  var rounds: Promise<Rounds>
}
globalThis.rounds = prepare()

async function prepare(): Promise<Rounds> {
  const ours = await callsOf(new BrowserTokenStore())
  const encrypted = await callsOf(sealed(new BrowserTokenStore({ name: 'sealed' }), true))
  const database = await openRaw()
  const put = putIn(database)
  await put('strict')
  const round = (call: () => Promise<unknown>) => () => medianNs(call, TOGETHER)
  return {
    read: {
      'raw IndexedDB': round(getFrom(database)),
      BrowserTokenStore: round(ours.read),
      'the same, encrypted': round(encrypted.read),
    },
    swap: {
      'raw IndexedDB, strict': round(() => put('strict')),
      'raw IndexedDB, relaxed': round(() => put('relaxed')),
      BrowserTokenStore: round(ours.swap),
      'the same, encrypted': round(encrypted.swap),
    },
  }
}

function openRaw(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function getFrom(database: IDBDatabase) {
  return (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const request = database.transaction(STORE).objectStore(STORE).get(KEY)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
}

function putIn(database: IDBDatabase) {
  return (durability: IDBTransactionDurability): Promise<void> =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, 'readwrite', { durability })
      transaction.objectStore(STORE).put(VALUE, KEY)
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
}
