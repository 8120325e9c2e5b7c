import type { Grant } from '../keeper/record-writes.ts'
import { type Tokens, tokenSet } from '../tokens.ts'
import { own } from '../util/own.ts'

/** The members of other libraries' stored tokens: their name here, and how an instant is written in them. */
const MEMBERS: Readonly<Record<string, readonly [name: keyof Tokens, unit?: 'ms' | 's']>> = {
  accessToken: ['access_token'], // passport, MSAL's results
  refreshToken: ['refresh_token'],
  idToken: ['id_token'],
  tokenType: ['token_type'],
  expires_at: ['expires_at', 'ms'], // Latchkey; simple-oauth2 has a Date or its text
  expiry_date: ['expires_at', 'ms'], // google-auth-library
  expiry: ['expires_at', 'ms'], // Go x/oauth2: RFC 3339
  expiresOn: ['expires_at', 'ms'], // MSAL's results
  expiresAt: ['expires_at', 'ms'],
  accessTokenExpires: ['expires_at', 'ms'], // next-auth's token
  expires_on: ['expires_at', 's'], // MSAL's cache
}

/** Go's zero time: x/oauth2 stores it for an access token that never ends. */
const GO_ZERO_TIME = '0001-01-01T00:00:00Z'

/** An instant before 1973, in ms, is a current one in s. */
const EARLIEST_MS = 100_000_000_000

/**
 * Returns the grant of tokens from elsewhere, under the names of RFC 6749 or as another library stores them
 * (docs/guides/migrate-tokens.md). A lifetime of 0 s without a refresh token means that the access token never ends.
 *
 * @throws {TypeError} when there is no access token and no refresh token, when one is not a token, or when a lifetime or
 *   an instant cannot be read, such as an `expires_at` in seconds; the message names the member.
 */
export function grantFromTokens(given: Partial<Tokens>, nowMs: number): Grant {
  const tokens = namedTokens(given)
  const { access_token, refresh_token, expires_in } = tokens
  for (const [name, value] of Object.entries({ access_token, refresh_token }))
    if (value !== undefined && (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)))
      throw new TypeError(`${name} must be a token: visible ASCII characters without spaces`)
  if (!access_token && !refresh_token)
    throw new TypeError('tokens must have an access_token, a refresh_token or both')
  if (expires_in !== undefined && typeof expires_in !== 'number')
    throw new TypeError('expires_in must be a number of seconds')
  const { expires_in: _, expires_at: __, ...unlimited } = tokens
  const isLimited = expires_in !== 0 || !!refresh_token || tokens.expires_at !== undefined
  const read = isLimited ? tokens : unlimited
  const { lifetime, obtainedAtMs } = ageOf(read, nowMs)
  return {
    tokens: tokenSet({ ...read, ...lifetime } as Tokens),
    obtainedAtMs,
    because: 'imported',
  }
}

/** Returns tokens under the names of RFC 6749. */
function namedTokens(given: Partial<Tokens>): Partial<Tokens> {
  const entries = Object.entries(fromMsalCache(given) ?? given).filter(
    ([, value]) => value != null && value !== GO_ZERO_TIME,
  )
  // A next-auth account has its expires_at in s.
  const isAccount = own(given, 'providerAccountId') !== undefined
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const [standard, unit] = (own(MEMBERS, name) as (typeof MEMBERS)[string] | undefined) ?? [name]
      if (!unit && /expir/i.test(name) && name !== 'expires_in' && !/^ext_?expires|refresh/i.test(name))
        throw new TypeError(`${name} is not supported: pass expires_at (Unix time in ms) or expires_in (s)`)
      return [standard, unit ? instantOf(name, value, isAccount ? 's' : unit) : value]
    }),
  )
}

/** Reads an instant: Unix time in `unit`, a `Date` or its text. */
function instantOf(name: string, value: unknown, unit: 'ms' | 's'): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  const ms =
    typeof number === 'number' ? number * (unit === 's' ? 1000 : 1) : Date.parse(String(jsonOf(number)))
  if (Number.isNaN(ms)) throw new TypeError(`${name} must be an instant: Unix time in ms`)
  if (ms < EARLIEST_MS && ms > 0) throw new TypeError(`${name} looks like seconds: pass Unix time in ms`)
  return ms
}

/** Returns a `Date` as its text. */
const jsonOf = (value: unknown): unknown => (value instanceof Date ? value.toJSON() : value)

/** Returns the tokens of MSAL's serialized cache, which may hold those of several accounts. */
function fromMsalCache(given: object): object | undefined {
  const caches = ['AccessToken', 'RefreshToken', 'IdToken'].map(name =>
    Object.values(Object(own(given, name))),
  )
  if (!caches.some(entries => entries.length > 0)) return undefined
  const [access, refresh, id] = caches.map((entries, at) => {
    if (entries.length > 1 && at === 0)
      throw new TypeError('AccessToken holds several tokens: import the cache of one account and one scope')
    return entries[0]
  })
  return {
    access_token: own(access, 'secret'),
    refresh_token: own(refresh, 'secret'),
    id_token: own(id, 'secret'),
    scope: own(access, 'target'),
    expires_on: own(access, 'expires_on'),
  }
}

/** Returns when tokens were obtained and how long they last; tokens without either are from the instant 0. */
function ageOf(
  { expires_in, expires_at }: Partial<Tokens>,
  nowMs: number,
): { readonly lifetime?: Pick<Tokens, 'expires_in'>; readonly obtainedAtMs: number } {
  if (expires_at === undefined) return { obtainedAtMs: expires_in === undefined ? 0 : nowMs }
  if (expires_in !== undefined) return { obtainedAtMs: expires_at - expires_in * 1000 }
  const left = Math.max(0, Math.floor((expires_at - nowMs) / 1000))
  return { lifetime: { expires_in: left }, obtainedAtMs: nowMs }
}
