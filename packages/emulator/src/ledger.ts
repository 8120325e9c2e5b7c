import type { Clock } from './clock.ts'

/** The endpoints of the server, by their names in the ledger. */
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

/** What the server did with a request. `none`: a fault replaced the handling. `denied`: the user pressed Deny. */
export type Outcome = 'pending' | 'none' | 'ok' | 'rejected' | 'denied'

/** One request and its outcome. Codes, PINs and tokens are shortened. */
export interface LedgerEntry {
  /** The number of the request, from 1. */
  readonly id: number
  /** When the request arrived by the server's clock, Unix time in ms. */
  readonly atMs: number
  /** The HTTP method, in upper case. */
  readonly method: string
  /** Without its query. */
  readonly path: string
  /** What the path leads to. */
  readonly endpoint: Endpoint
  /** The client that the request named. */
  readonly client_id?: string
  /** Of a token request. */
  readonly grant_type?: string
  /** Of an authorization request. */
  readonly response_type?: string
  /** The user of the credential, or the one who signed in. */
  readonly account_username?: string
  /** The credential in the request. */
  readonly presented?: string
  /** The credentials that the server issued. */
  readonly issued?: readonly string[]
  /** `pending` until there is a response. */
  readonly outcome: Outcome
  /** The HTTP status of the response; absent while pending, and if none was sent. */
  readonly status?: number
  /** The error message if the server rejected the request. */
  readonly message?: string
  /** The kinds of the faults that applied to the request. */
  readonly faults?: readonly string[]
}

/** The members of an entry that a handler may set. */
export type Notes = Partial<Omit<LedgerEntry, 'id' | 'atMs' | 'method' | 'path' | 'endpoint'>>

/** The log of all requests, oldest first. */
export interface Ledger {
  /** They change while the emulator runs. */
  readonly entries: readonly LedgerEntry[]
  /** Adds an entry for a new request. */
  add(request: Pick<LedgerEntry, 'method' | 'path' | 'endpoint'>): LedgerEntry
  /** Adds notes to an entry. */
  note(entry: LedgerEntry, notes: Notes): void
  /** Calls the listener with every new or changed entry. Returns a function that removes it. */
  watch(listener: (entry: LedgerEntry) => void): () => void
  /** Deletes all entries. Numbering continues. */
  clear(): void
}

/** The maximum number of entries. The oldest are deleted first. */
const MAX_ENTRIES = 10_000

export function createLedger(clock: Clock): Ledger {
  const entries: LedgerEntry[] = []
  const listeners = new Set<(entry: LedgerEntry) => void>()
  let count = 0
  const notify = (entry: LedgerEntry): void => listeners.forEach(listener => listener(entry))
  return {
    entries,
    add(request) {
      const entry: LedgerEntry = { id: ++count, atMs: clock.nowMs(), ...request, outcome: 'pending' }
      entries.push(entry)
      if (entries.length > MAX_ENTRIES) entries.shift()
      notify(entry)
      return entry
    },
    note(entry, notes) {
      Object.assign(entry, notes)
      notify(entry)
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

/** Shortens a secret to at most six characters, enough to distinguish secrets in the ledger. */
export function shorten(secret: string): string {
  return `${secret.slice(0, Math.min(6, Math.floor(secret.length / 4)))}…`
}
