import type { Json, Stored, Version } from '../ports/token-store.ts'
import type { Tokens } from '../tokens.ts'
import { own } from '../util/own.ts'

/** Whose tokens a record holds; repeated in the record, so that one under a wrong key is noticed. */
export interface Owner {
  readonly provider: string
  readonly client_id: string
  readonly account: string
}

/** Somebody is about to spend the refresh token, or did and has not told how it ended. */
export interface Lease {
  /** The flight that claimed. */
  readonly id: string
  /** Counts the claims of one generation. */
  readonly count: number
  /** The keeper that claimed. */
  readonly owner: string
  /** The scope of the lock that the claimant holds; absent when its store has none. */
  readonly scope?: string
  readonly startedAtMs: number
  /** How long others leave it alone; 0: it is given up, and only tells what happened. */
  readonly ttlMs: number
  /** When the refresh token was last sent without an answer coming back. */
  readonly sentAtMs?: number
}

/** A refresh token of this lineage that lost the race to be stored, and may be the one that the server knows. */
export interface SpareRefreshToken {
  readonly refresh_token: string
  readonly obtainedAtMs: number
}

/** What is stored of one account. Instants are Unix time in ms by the clock of who wrote them. */
export interface TokenRecord extends Owner {
  readonly v: 1
  /** Random, new with every sign-in; a sign-out keeps that of what it ended. */
  readonly family: string
  /** The lineage that this sign-in replaced. */
  readonly replacedFamily?: string
  /** Counts every sign-in, refresh and sign-out of this key; it is never reset. */
  readonly generation: number
  /** `reauth`: the server refused the refresh token; a later success of the same generation overrides it. */
  readonly status: 'live' | 'reauth' | 'signedOut'
  /** Since when the status is what it is, and what made it so. */
  readonly sinceMs: number
  readonly because: StatusReason
  readonly tokens: Partial<Tokens>
  readonly obtainedAtMs: number
  /** What renews these tokens, where it is no refresh token. */
  readonly renewal?: 'client_credentials'
  /** An API refused the access token of this generation. */
  readonly rejectedGeneration?: number
  /** How many generations in a row an API has refused. */
  readonly rejections?: number
  readonly lease?: Lease
  /** Newest first, at most three. */
  readonly spareRefreshTokens: readonly SpareRefreshToken[]
  /** The authorization server asked not to be asked before. */
  readonly notBeforeMs?: number
  /** The tokens that this lineage was imported with, to tell new ones from the same old ones. */
  readonly imported?: Partial<Tokens>
}

/** What a record's status comes from. */
export type StatusReason = 'signed-in' | 'imported' | 'refresh-token-refused' | 'signed-out'

/** A record and the version under which the store has it. */
export interface StoredRecord {
  readonly record: TokenRecord
  readonly version: Version
}

const MAX_SPARES = 3

/** The store key of an account: percent-encoded, so that it can be taken apart again. */
export function keyOf({ provider, client_id, account }: Owner): string {
  return [provider, client_id, account].map(encodeURIComponent).join('/')
}

/** The owner that a store key names, if it is the key of an account. */
export function ownerOf(key: string): Owner | undefined {
  const parts = key.split('/')
  if (parts.length !== 3) return undefined
  try {
    const [provider = '', client_id = '', account = ''] = parts.map(decodeURIComponent)
    return { provider, client_id, account }
  } catch {
    return undefined
  }
}

/** What is wrong with a stored value that is no record of `owner`. */
export type UnusableRecord = 'newer' | 'foreign' | 'damaged'

/** A record as it comes from a store, or why it cannot be one: it is never taken for an absent one. */
export function readRecord(
  stored: Stored | undefined,
  owner: Owner,
): StoredRecord | UnusableRecord | undefined {
  if (!stored) return undefined
  const record = stored.value as unknown as TokenRecord
  const v = own(record, 'v')
  if (typeof v === 'number' && v > 1) return 'newer'
  const whole =
    v === 1 &&
    typeof record.family === 'string' &&
    Number.isSafeInteger(record.generation) &&
    ['live', 'reauth', 'signedOut'].includes(record.status) &&
    typeof record.tokens === 'object' &&
    record.tokens !== null &&
    Array.isArray(record.spareRefreshTokens)
  if (!whole) return 'damaged'
  const names = ['provider', 'client_id', 'account'] as const
  return names.every(name => record[name] === owner[name]) ? { record, version: stored.version } : 'foreign'
}

/** A record as a store takes it. */
export function jsonOf(record: TokenRecord): Json {
  return record as unknown as Json
}

/** What a sign-in brings. */
export interface Grant {
  readonly tokens: Partial<Tokens>
  readonly obtainedAtMs: number
  readonly renewal?: 'client_credentials'
  readonly imported?: Partial<Tokens>
}

/** The record of a new sign-in, over whatever was there: a lineage of its own, the next generation. */
export function signedIn(
  before: TokenRecord | undefined,
  owner: Owner,
  family: string,
  grant: Grant,
  nowMs: number,
): TokenRecord {
  return {
    v: 1,
    ...ownerIn(owner),
    family,
    ...(before && { replacedFamily: before.family }),
    generation: (before?.generation ?? 0) + 1,
    status: 'live',
    sinceMs: nowMs,
    because: grant.imported ? 'imported' : 'signed-in',
    ...grant,
    spareRefreshTokens: [],
  }
}

/** The tombstone of a sign-out: no refresh of the lineage that it ends brings it back to life. */
export function signedOut(
  before: TokenRecord | undefined,
  owner: Owner,
  family: string,
  nowMs: number,
): TokenRecord {
  const imported = before?.imported
  return {
    v: 1,
    ...ownerIn(owner),
    family: before?.family ?? family,
    generation: (before?.generation ?? 0) + 1,
    status: 'signedOut',
    sinceMs: nowMs,
    because: 'signed-out',
    tokens: {},
    obtainedAtMs: nowMs,
    spareRefreshTokens: [],
    ...(imported && { imported }),
  }
}

/**
 * The record of refreshed tokens: the next generation of the same lineage, the claim gone. The old refresh token is
 * discarded (RFC 6749 section 6). Generations refused in a row go on being counted; one that was not, ends the row.
 */
export function withNewTokens(
  before: TokenRecord,
  tokens: Partial<Tokens>,
  obtainedAtMs: number,
): TokenRecord {
  const { lease: _, notBeforeMs: __, rejectedGeneration, rejections, ...kept } = before
  return {
    ...kept,
    generation: before.generation + 1,
    status: 'live',
    ...(before.status !== 'live' && { sinceMs: obtainedAtMs }),
    tokens,
    obtainedAtMs,
    spareRefreshTokens: before.spareRefreshTokens.filter(
      ({ refresh_token }) => refresh_token !== tokens.refresh_token,
    ),
    ...(rejectedGeneration === before.generation && rejections !== undefined && { rejections }),
  }
}

/** A list of alternates with one more in front; the oldest make room. */
export function withSpare(
  list: readonly SpareRefreshToken[],
  spare: SpareRefreshToken,
): readonly SpareRefreshToken[] {
  if (list.some(one => one.refresh_token === spare.refresh_token)) return list
  return [spare, ...list].slice(0, MAX_SPARES)
}

/** `record` with the refresh tokens of another of its generation as alternates, as far as there is room. */
export function withSparesOf(record: TokenRecord, other: TokenRecord): TokenRecord {
  const { tokens, obtainedAtMs } = other
  const { refresh_token } = tokens
  const all =
    refresh_token === undefined
      ? other.spareRefreshTokens
      : [{ refresh_token, obtainedAtMs }, ...other.spareRefreshTokens]
  const there = [record.tokens, ...record.spareRefreshTokens].map(one => one.refresh_token)
  const missing = all.filter(one => !there.includes(one.refresh_token))
  const spareRefreshTokens = [...record.spareRefreshTokens, ...missing].slice(0, MAX_SPARES)
  return spareRefreshTokens.length > record.spareRefreshTokens.length
    ? { ...record, spareRefreshTokens }
    : record
}

/** The owner alone, of an object that may hold more. */
function ownerIn({ provider, client_id, account }: Owner): Owner {
  return { provider, client_id, account }
}
