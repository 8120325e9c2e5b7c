import type { Json, Version } from '../ports/token-store.ts'
import type { RedirectParameters } from '../provider/provider.ts'
import type { Tokens } from '../tokens.ts'
import type { Parameters } from '../wire/form.ts'

/** The account that a record belongs to; repeated in the record, so that a record under a wrong key is detected. */
export interface Owner {
  /** The name of the provider. */
  readonly provider: string
  /** Identifies the client at the provider (RFC 6749 section 2.2). */
  readonly client_id: string
  /** The name that the program gave the account, or the identity that the provider sent. */
  readonly account: string
}

/** A process is about to use the refresh token, or used it and has not reported the result. */
export interface Lease {
  /** The flight that holds it. */
  readonly id: string
  /** How many leases this generation has had, this one included. */
  readonly count: number
  /** The keeper that holds it. */
  readonly owner: string
  /** The scope of the lock that its holder has; absent when the store has no locks. */
  readonly scope?: string
  /** When it was taken or last extended. */
  readonly startedAtMs: number
  /** How long others wait for its holder, in ms; 0 when it has ended and only records what happened. */
  readonly ttlMs: number
  /** When the refresh token was last sent without a response. */
  readonly sentAtMs?: number
}

/** A refresh token of this family that lost the race to be stored, and may be the one that the server accepts. */
export interface SpareRefreshToken {
  readonly refresh_token: string
  /** Unix time in ms. */
  readonly obtainedAtMs: number
}

/** What renews tokens in place of a refresh token. */
export interface Renewal {
  /** `grant`: a grant that the program has by name. */
  readonly type: 'client_credentials' | 'grant'
  /** The name of the grant. */
  readonly name?: string
  /** What the tokens were requested with, without secrets; records of 0.1 do not have it. */
  readonly parameters?: Parameters
  /** The scope is the sign-in's own: that of the client does not matter. */
  readonly keepsScope?: true
}

/** The key that tokens are bound to (RFC 9449). */
export interface DpopKey {
  /** The SHA-256 thumbprint of the public key (RFC 7638). */
  readonly jkt: string
  /** The private key (RFC 7517), unless a `DpopKeys` holds it. */
  readonly jwk?: Readonly<Record<string, string>> | undefined
}

/** What is true of all tokens of one sign-in. */
export interface FamilyFacts {
  /** Other parameters of the redirect of the sign-in. */
  readonly redirect?: RedirectParameters | undefined
  /** What renews these tokens, when it is not a refresh token. */
  readonly renewal?: Renewal | undefined
  /** The key that the tokens are bound to. */
  readonly dpop?: DpopKey | undefined
}

/** What a store holds for one account. Instants are Unix time in ms by the clock of the process that wrote them. */
export interface TokenRecord extends Owner, FamilyFacts {
  /** The version of this shape. A record of version 1 is read, and written as version 2. */
  readonly v: 2
  /** Random, new with every sign-in; a sign-out keeps the family that it ends. */
  readonly family: string
  /** The family that this sign-in replaced. */
  readonly replacedFamily?: string
  /** Counts every sign-in, refresh and sign-out of this key; it is never reset. */
  readonly generation: number
  /** `reauth`: the server rejected the refresh token; a later success of the same generation overrides it. */
  readonly status: 'live' | 'reauth' | 'signedOut'
  /** When the status became what it is. */
  readonly sinceMs: number
  /** What caused the status; `refresh-token-refused` while `live`: only the access token is left. */
  readonly because: StatusReason
  /** With `reauth`: the server gave no known reason, so a refresh is retried from time to time. */
  readonly inDoubt?: boolean
  /** Empty after a sign-out. An import may have no access token. */
  readonly tokens: Partial<Tokens>
  /** When the tokens were received; 0 if an import did not say. */
  readonly obtainedAtMs: number
  /** When the refresh token ends, as far as the server or its description says. */
  readonly refreshTokenExpiresAtMs?: number
  /** The generation whose access token an API rejected. */
  readonly rejectedGeneration?: number
  /** The leaky bucket of refreshes by rejection: its level at an instant. */
  readonly rejections?: { readonly level: number; readonly atMs: number }
  /** The refreshes that the authorization server refused since the last one that worked. */
  readonly refusals?: Refusals
  /** Absent when no refresh is under way; one that has ended may remain, with `ttlMs` 0. */
  readonly lease?: Lease
  /** Newest first, at most three. */
  readonly spareRefreshTokens: readonly SpareRefreshToken[]
  /** `salt.hash.hash` of the tokens that a program passed to the constructor, to recognize them when it does so again. */
  readonly importedHash?: string
}

/** Refreshes that the authorization server refused, or asked to be sent later. */
export interface Refusals {
  /** Those with an error code; a firewall's page has none. */
  readonly count: number
  /** All refusals in a row; 0 when the server only sent `Retry-After`. */
  readonly attempts: number
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** No process sends a refresh before this instant. */
  readonly nextTryAtMs: number
}

/** What caused the status of a record. */
export type StatusReason =
  'signed-in' | 'imported' | 'refreshed' | 'access-token-expired' | 'refresh-token-refused' | 'signed-out'

/** A record and the version under which the store has it. */
export interface StoredRecord {
  /** Checked by `readRecord`. */
  readonly record: TokenRecord
  /** What the next compare-and-swap expects. */
  readonly version: Version
  /** Its `importedHash` is that of the tokens that are being imported. */
  readonly isSameImport?: boolean | undefined
}

/** Returns the facts of the family of a record. */
export function factsOf({ redirect, renewal, dpop }: FamilyFacts): FamilyFacts {
  return { redirect, renewal, dpop }
}

/** What a client without `dpop` says about tokens that are bound to a key. */
export const BOUND = 'the tokens are bound to a key: pass dpop: dpop()'

/** Returns the key that an access token is bound to. */
export function keyInUse(tokens: Partial<Tokens> = {}, dpop?: DpopKey): DpopKey | undefined {
  return /^dpop$/i.test(tokens.token_type ?? '') ? dpop : undefined
}

/** Returns whether a client with this scope may use the tokens: those of client credentials have the scope of their request. */
export function hasScope(
  scope: string | null | undefined,
  { renewal }: { readonly renewal?: Renewal | undefined },
): boolean {
  return !renewal || renewal.keepsScope || scope === undefined || renewal.parameters?.scope === scope
}

/** Returns whether something renews the tokens in a program with these grants. */
export function isRenewable({ tokens, renewal }: TokenRecord, grants: readonly string[] = []): boolean {
  if (!renewal) return tokens.refresh_token !== undefined
  return renewal.name === undefined || grants.includes(renewal.name)
}

/** Returns `record` as a client with this scope renews it. */
export function withScope(scope: string | null | undefined, record: TokenRecord): TokenRecord {
  return hasScope(scope, record)
    ? record
    : { ...record, renewal: { ...record.renewal!, parameters: { ...record.renewal!.parameters, scope } } }
}

/**
 * Returns the store key of an account: percent-encoded, so that `ownerOf` can take it apart.
 *
 * @param owner - the name of the provider (`client.provider.name`), the client id and the account.
 */
export function keyOf({ provider, client_id, account }: Owner): string {
  return [provider, client_id, account].map(encodeURIComponent).join('/')
}

/** Returns the owner that a store key names, or `undefined` when it is not the key of an account. */
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

/** Returns a record as the JSON that a store accepts. */
export function jsonOf(record: TokenRecord): Json {
  return record as unknown as Json
}
