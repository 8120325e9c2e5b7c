// The records that sign-ins, refreshes and sign-outs write.
import type { Tokens } from '../tokens.ts'
import { refreshTokenEnd } from './lifetime.ts'
import type { FamilyFacts, Owner, SpareRefreshToken, TokenRecord } from './record.ts'

/** What a sign-in brings. */
export interface Grant extends FamilyFacts {
  readonly tokens: Partial<Tokens>
  readonly obtainedAtMs: number
  readonly because?: 'imported'
  readonly importedHash?: string
}

const MAX_SPARES = 3

/** Members that describe one family. A sign-in and a sign-out drop them; members of any other name survive. */
const OF_FAMILY: readonly string[] = [
  'replacedFamily',
  'inDoubt',
  'refreshTokenExpiresAtMs',
  'redirect',
  'renewal',
  'access',
  'dpop',
  'lease',
  'rejectedGeneration',
  'rejections',
  'refusals',
]

/** Returns what starts over when an account is signed in or out: the next generation, without spare refresh tokens. */
function startOver(before: TokenRecord | undefined, { provider, client_id, account }: Owner) {
  const kept = Object.entries(before ?? {}).filter(([name]) => !OF_FAMILY.includes(name))
  return {
    ...(Object.fromEntries(kept) as Partial<TokenRecord>),
    v: 2,
    provider,
    client_id,
    account,
    generation: (before?.generation ?? 0) + 1,
    spareRefreshTokens: [],
  } as const
}

/** Returns the record of a sign-in over whatever was stored: a new family. */
export function signedIn(
  before: TokenRecord | undefined,
  owner: Owner,
  family: string,
  grant: Grant,
  nowMs: number,
): TokenRecord {
  const { importedHash: _, ...started } = startOver(before, owner)
  return {
    ...started,
    family,
    ...(before && { replacedFamily: before.family }),
    status: 'live',
    sinceMs: nowMs,
    because: 'signed-in',
    ...refreshTokenEnd(grant.tokens, grant.obtainedAtMs),
    ...grant,
  }
}

/** Returns the tombstone of a sign-out: no refresh of the family that it ends can restore the account. */
export function signedOut(
  before: TokenRecord | undefined,
  owner: Owner,
  family: string,
  nowMs: number,
): TokenRecord {
  return {
    ...startOver(before, owner),
    family: before?.family ?? family,
    status: 'signedOut',
    sinceMs: nowMs,
    because: 'signed-out',
    tokens: {},
    obtainedAtMs: nowMs,
  }
}

/**
 * Returns the record of refreshed tokens: the next generation of the same family, without a lease and without refusals.
 * The old refresh token is discarded (RFC 6749 section 6).
 */
export function withNewTokens(
  before: TokenRecord,
  tokens: Partial<Tokens>,
  obtainedAtMs: number,
  refreshTokenExpiresAtMs?: number,
): TokenRecord {
  const { lease: _, refusals: __, rejectedGeneration: ___, inDoubt: ____, ...others } = before
  const { refreshTokenExpiresAtMs: _____, ...kept } = others
  const wasRefused = before.because === 'refresh-token-refused'
  return {
    ...kept,
    generation: before.generation + 1,
    status: 'live',
    ...(wasRefused && { sinceMs: obtainedAtMs, because: 'refreshed' }),
    tokens,
    obtainedAtMs,
    ...(refreshTokenExpiresAtMs !== undefined && { refreshTokenExpiresAtMs }),
    spareRefreshTokens: before.spareRefreshTokens.filter(
      ({ refresh_token }) => refresh_token !== tokens.refresh_token,
    ),
  }
}

/** Returns `list` with `spare` in front; the oldest is dropped. */
export function withSpare(
  list: readonly SpareRefreshToken[],
  spare: SpareRefreshToken,
): readonly SpareRefreshToken[] {
  if (list.some(({ refresh_token }) => refresh_token === spare.refresh_token)) return list
  return [spare, ...list].slice(0, MAX_SPARES)
}

/** Returns `record` with the refresh tokens of `other`, of the same generation, as spares while there is space. */
export function withSparesOf(record: TokenRecord, other: TokenRecord): TokenRecord {
  const { tokens, obtainedAtMs } = other
  const { refresh_token } = tokens
  const all =
    refresh_token === undefined
      ? other.spareRefreshTokens
      : [{ refresh_token, obtainedAtMs }, ...other.spareRefreshTokens]
  const known = [record.tokens, ...record.spareRefreshTokens].map(spare => spare.refresh_token)
  const missing = all.filter(spare => !known.includes(spare.refresh_token))
  const spareRefreshTokens = [...record.spareRefreshTokens, ...missing].slice(0, MAX_SPARES)
  return spareRefreshTokens.length > record.spareRefreshTokens.length
    ? { ...record, spareRefreshTokens }
    : record
}

/** Returns whether `tokens` are those that a record holds; a refresh token alone is enough. */
export function holds(
  { tokens: stored }: TokenRecord,
  { refresh_token, access_token }: Partial<Tokens>,
): boolean {
  return (
    stored.refresh_token === refresh_token &&
    (stored.access_token === access_token || access_token === undefined)
  )
}
