import { type Tokens, tokenSet } from '../tokens.ts'

/** Members of a token response, decoded: from JSON, or all strings from a redirect's fragment. */
export type Members = Readonly<Record<string, unknown>>

/** Ten years, past which a lifetime says "for ever" and an instant would leave the range of dates. */
const LONGEST_LIFETIME_S = 315_360_000

/**
 * The tokens of a successful response (RFC 6749 section 5.1), or what it has instead, in words that quote
 * nothing of it. Members that are not known here are passed on.
 */
export function readTokens(members: Members, nowMs: number): Tokens | string {
  const lifetime = seconds(members['expires_in'])
  const known = Object.fromEntries(
    Object.entries(members).filter(
      ([name]) =>
        !(name in Object.prototype) && // such a member would shadow what every object has
        name !== 'expires_at' &&
        (name !== 'expires_in' || lifetime !== undefined),
    ),
  )
  const { access_token, token_type, refresh_token, scope, account_id } = known
  if (!isToken(access_token)) return 'no usable access_token'
  if (typeof token_type !== 'string' || token_type.toLowerCase() !== 'bearer')
    return "a token_type that is not 'bearer'"
  if (refresh_token !== undefined && !isToken(refresh_token)) return 'an unusable refresh_token'
  if (scope !== undefined && typeof scope !== 'string') return 'a scope that is not a string'
  return tokenSet({
    ...known,
    access_token,
    ...(typeof account_id === 'number' && { account_id: String(account_id) }),
    ...(lifetime !== undefined && { expires_in: lifetime, expires_at: nowMs + lifetime * 1000 }),
  })
}

/** Visible ASCII, so that it cannot break out of a header (RFC 6750 section 2.1, RFC 6749 appendix A.12). */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}

/** A lifetime in s. One that is not a plain decimal number is as good as none, and no reason to lose tokens. */
export function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' ? Math.min(Math.max(number, 0), LONGEST_LIFETIME_S) : undefined
}
