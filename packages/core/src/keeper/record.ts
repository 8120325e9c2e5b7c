import type { Json } from '../ports/token-store.ts'
import type { Tokens } from '../tokens.ts'

/** Whose tokens a record holds. */
export interface Owner {
  readonly provider: string
  readonly client_id: string
  readonly account: string
}

/** What is stored of one account. */
export interface TokenRecord extends Owner {
  readonly v: 1
  /** Random, new with every sign-in. */
  readonly lineage: string
  /** Counts every sign-in, refresh and sign-out of this key; it is never reset. */
  readonly gen: number
  readonly status: 'live' | 'reauth' | 'signedOut'
  readonly tokens: Partial<Tokens>
  /** An API refused the access token of this generation. */
  readonly rejectedGen?: number
}

/** The store key of an account: percent-encoded, so that it can be taken apart again. */
export function keyOf({ provider, client_id, account }: Owner): string {
  return [provider, client_id, account].map(encodeURIComponent).join('/')
}

/** A change of a record: from what is stored now to what shall be; `undefined`: nothing is. */
export type Change = (stored: TokenRecord | undefined) => TokenRecord | undefined

/** The record of a new sign-in, over whatever was there. */
export function signedIn(
  stored: TokenRecord | undefined,
  owner: Owner,
  lineage: string,
  tokens: Partial<Tokens>,
): TokenRecord {
  return { v: 1, ...owner, lineage, gen: (stored?.gen ?? 0) + 1, status: 'live', tokens }
}

/** The tombstone of a sign-out. */
export function signedOut(stored: TokenRecord | undefined, owner: Owner, lineage: string): TokenRecord {
  return { ...signedIn(stored, owner, lineage, {}), status: 'signedOut' }
}

/** The record of refreshed tokens: the next generation of the same lineage. */
export function refreshed(stored: TokenRecord, tokens: Tokens): TokenRecord {
  const { rejectedGen: _, ...kept } = stored
  return { ...kept, gen: stored.gen + 1, status: 'live', tokens }
}

/** A record as it comes from a store, if it is one and belongs to `owner`. */
export function readRecord(value: Json | undefined, owner: Owner): TokenRecord | undefined {
  const record = value as unknown as TokenRecord | undefined
  const own =
    record?.v === 1 &&
    (['provider', 'client_id', 'account'] as const).every(name => record[name] === owner[name])
  return own ? record : undefined
}
