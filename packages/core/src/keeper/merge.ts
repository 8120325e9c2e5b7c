import type { Tokens } from '../tokens.ts'
import { own } from '../util/own.ts'
import { claimsOf } from '../wire/jwt.ts'

/** Members of a token response that describe that response alone: a later one without them ends them. */
const OF_ONE_RESPONSE =
  /^(expires_(in|at)|ext_expires_in|token_type|issued_at|created_at|signature|nonce|state|iss|session_state|error.*)$/

/** Lifetimes of a refresh token, as servers call them. */
const OF_REFRESH_TOKEN = /^(x_)?(refresh(_?token)?|rt)_?(expires?|expiry|expiration|lifetime)/i

/** Members of all other names together may have `MAX_OTHERS` characters of JSON. */
const OF_KNOWN_NAME = /^((access|refresh|id)_token|scope|token_type|expires_(in|at)|account_id)$/
const MAX_OTHERS = 65_536

/**
 * Returns `response`, the tokens of a refresh, with what it leaves out and `before` has: `scope` (RFC 6749 section 5.1),
 * `id_token` (OpenID Connect Core 12.2), the refresh token (RFC 6749 section 6) and members that servers add.
 * `null` and `''` count as left out. The members of the response take precedence when there is no space for all.
 */
export function mergeTokens(before: Partial<Tokens>, response: Partial<Tokens>): Partial<Tokens> {
  const present = Object.entries(response).filter(([, value]) => value != null && value !== '')
  const replaced = Object.fromEntries(present) as Partial<Tokens>
  const { refresh_token = before.refresh_token } = replaced
  const isSameRefreshToken = refresh_token === before.refresh_token
  const kept = Object.entries(before).filter(
    ([name]) =>
      own(replaced, name) === undefined &&
      !OF_ONE_RESPONSE.test(name) &&
      (isSameRefreshToken || !OF_REFRESH_TOKEN.test(name)),
  )
  let left = MAX_OTHERS
  const fitting = [...present, ...kept].filter(entry => {
    const size = OF_KNOWN_NAME.test(entry[0]) ? 0 : JSON.stringify(entry).length
    const fits = size <= left
    if (fits) left -= size
    return fits
  })
  return Object.fromEntries(fitting)
}

/** What tells accounts apart in a token response: `account_id`, and who an `id_token` is about. */
function identityOf(tokens: Partial<Tokens>): readonly (string | undefined)[] {
  const { iss, sub } = claimsOf(tokens['id_token'])
  return [tokens.account_id, iss, sub].map(value =>
    typeof value === 'string' && value !== '' ? value : undefined,
  )
}

/** Whether `response` can belong to the account of `before`: no value that both have differs. */
export function isSameIdentity(before: Partial<Tokens>, response: Partial<Tokens>): boolean {
  const known = identityOf(before)
  return identityOf(response).every((value, at) => (value ?? known[at]) === (known[at] ?? value))
}
