import type { Clock } from './clock.ts'

/** The places of the server that can be asked for something, named for the ledger. */
export type Endpoint = 'authorize' | 'pin' | 'token' | 'addclient' | 'account' | 'credits' | 'upload'

export const ENDPOINTS: readonly Endpoint[] = [
  'authorize',
  'pin',
  'token',
  'addclient',
  'account',
  'credits',
  'upload',
]

/** What the server did: nothing yet, nothing at all because a fault came first, or its work, well or by saying no. */
export type Outcome = 'pending' | 'none' | 'ok' | 'refused' | 'denied'

/** One request that reached the server and what became of it. Codes, PINs and tokens are shown shortened. */
export interface LedgerEntry {
  /** Counts from 1. */
  readonly id: number
  /** When the request arrived by the server's clock, Unix time in milliseconds. */
  readonly atMs: number
  readonly method: string
  readonly path: string
  readonly endpoint: Endpoint
  readonly client_id?: string
  readonly grant_type?: string
  readonly response_type?: string
  readonly account_username?: string
  /** The credential that came with the request. */
  readonly presented?: string
  /** The credentials that the server gave out. */
  readonly issued?: readonly string[]
  readonly outcome: Outcome
  /** The HTTP status of the answer; absent while pending, and when none was sent. */
  readonly status?: number
  /** The server's own words when it refused. */
  readonly message?: string
  /** The kinds of the faults that struck the request. */
  readonly faults?: readonly string[]
}

/** What a handler may note about the request in its hands. */
export type Notes = Partial<Omit<LedgerEntry, 'id' | 'atMs' | 'method' | 'path' | 'endpoint'>>

/** The record of all requests, oldest first. */
export interface Ledger {
  readonly entries: readonly LedgerEntry[]
  /** Records the arrival of a request. */
  open(request: Pick<LedgerEntry, 'method' | 'path' | 'endpoint'>): LedgerEntry
  /** Adds what became known of it. */
  note(entry: LedgerEntry, notes: Notes): void
  /** Calls the listener with every entry that is new or has changed; returns how to stop that. */
  watch(listener: (entry: LedgerEntry) => void): () => void
  /** Forgets all entries; those to come go on counting. */
  clear(): void
}

/** How many requests are remembered; the oldest are forgotten first. */
const KEPT = 10_000

export function createLedger(clock: Clock): Ledger {
  const entries: LedgerEntry[] = []
  const listeners = new Set<(entry: LedgerEntry) => void>()
  let count = 0
  const tell = (entry: LedgerEntry): void => listeners.forEach(listener => listener(entry))
  return {
    entries,
    open(request) {
      const entry: LedgerEntry = { id: ++count, atMs: clock.nowMs(), ...request, outcome: 'pending' }
      entries.push(entry)
      if (entries.length > KEPT) entries.shift()
      tell(entry)
      return entry
    },
    note(entry, notes) {
      Object.assign(entry, notes)
      tell(entry)
    },
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    clear() {
      entries.length = 0
    },
  }
}

/** The beginning of a secret, enough to tell two of them apart in the ledger and no more: at most six characters. */
export function shorten(secret: string): string {
  return `${secret.slice(0, Math.min(6, Math.floor(secret.length / 4)))}…`
}
