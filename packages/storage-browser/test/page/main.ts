// Defines `latchkey` for the tests in every page and worker.
import { BrowserTokenStore, type BrowserTokenStoreOptions } from '@latchkey/storage-browser'
import { increment, tokenStoreContract } from '@latchkey/test-kit'
import { openDatabase } from '../../src/driver.ts'
import { contractCases } from './contract.ts'
import { serveElsewhere } from './elsewhere.ts'
import { askBound, bind, callApi, finishBound, signOutBound } from './bound.ts'
import { runIn, serveRuns } from './run-in.ts'
import { advance, ask, heard, keep, settled, signIn, signOut } from './keeping.ts'

/** Returns the store of this page or worker, one for each name. */
const stores = new Map<string, BrowserTokenStore>()
function store(name: string, options: BrowserTokenStoreOptions = {}): BrowserTokenStore {
  const existing = stores.get(name) ?? new BrowserTokenStore({ ...options, name })
  stores.set(name, existing)
  return existing
}

const latchkey = {
  advance,
  ask,
  askBound,
  bind,
  callApi,
  finishBound,
  signOutBound,
  BrowserTokenStore,
  contractCases,
  heard,
  increments: increment,
  keep,
  openDatabase,
  runIn,
  serveElsewhere,
  settled,
  signIn,
  signOut,
  store,
  tokenStoreContract,
  /** Values that a test keeps between two calls. */
  kept: {} as Record<string, unknown>,
}
export type Latchkey = typeof latchkey
Object.assign(globalThis, { latchkey })
serveRuns()
