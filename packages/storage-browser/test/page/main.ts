// What the tests find in every page and worker: `latchkey`.
import { BrowserTokenStore, type BrowserTokenStoreOptions } from '@latchkey/storage-browser'
import { increment, tokenStoreContract } from '@latchkey/test-kit'
import { openDatabase } from '../../src/driver.ts'
import { contractCases } from './contract.ts'
import { serveElsewhere } from './elsewhere.ts'
import { advance, ask, keep } from './keeping.ts'

/** The store of this page or worker, one for each name. */
const stores = new Map<string, BrowserTokenStore>()
function store(name: string, options: BrowserTokenStoreOptions = {}): BrowserTokenStore {
  const existing = stores.get(name) ?? new BrowserTokenStore({ ...options, name })
  stores.set(name, existing)
  return existing
}

const latchkey = {
  advance,
  ask,
  BrowserTokenStore,
  contractCases,
  increments: increment,
  keep,
  openDatabase,
  serveElsewhere,
  store,
  tokenStoreContract,
  /** Whatever a test keeps here between two of its calls. */
  kept: {} as Record<string, unknown>,
}
export type Latchkey = typeof latchkey
Object.assign(globalThis, { latchkey })
