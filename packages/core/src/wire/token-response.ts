import { type Tokens, tokenSet } from '../tokens.ts'
import { own } from '../util/own.ts'
import { seconds } from './seconds.ts'

/** Members of a token response, decoded: from JSON, or all strings from a redirect's fragment. */
export type Members = Readonly<Record<string, unknown>>

const BEARER = ['bearer']
/** Members whose size is not limited: everybody knows them. */
const STANDARD = ['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope', 'id_token']
/** How much all other members may hold together, as JSON. */
const MAX_OTHERS = 65_536
/** How deeply a member may be nested: stores write it as JSON, which is a recursion. */
const MAX_LEVELS = 100

/**
 * Returns the tokens of a successful response (RFC 6749 section 5.1), or a description of what is wrong that quotes
 * nothing; `undefined` if there is no value. Members of unknown name are kept, as far as 64 kB hold them. An unusable
 * optional member is left out: it never costs a good access token.
 */
export function readTokens(
  value: unknown,
  nowMs: number,
  _body?: string,
  tokenTypes: readonly string[] = BEARER,
): Tokens | string | undefined {
  if (!value) return undefined
  const members = value as Members
  const { access_token, token_type, refresh_token, scope, account_id } = members
  if (!isToken(access_token)) return 'no usable access_token'
  if (typeof token_type !== 'string' || !tokenTypes.includes(token_type.toLowerCase()))
    return `a token_type that is not '${tokenTypes[0]}'`
  const lifetime = seconds(members['expires_in'])
  // Without a refresh token a lifetime of nothing means that the token never ends: it would be worthless.
  const isLimited = lifetime !== undefined && (lifetime > 0 || isToken(refresh_token))
  const unusable = {
    expires_at: true,
    expires_in: !isLimited,
    refresh_token: !isToken(refresh_token),
    scope: typeof scope !== 'string',
  }
  let left = MAX_OTHERS
  const usable = Object.entries(members).filter(([name, member]) => {
    // A name that every object has would shadow it.
    if (name in {} || own(unusable, name) || isNested(member, MAX_LEVELS)) return false
    return STANDARD.includes(name) || (left -= JSON.stringify([name, member]).length) >= 0
  })
  return tokenSet({
    ...(Object.fromEntries(usable) as Members & { access_token: string }),
    ...(typeof account_id === 'number' && { account_id: String(account_id) }),
    ...(isLimited && { expires_in: lifetime, expires_at: nowMs + lifetime * 1000 }),
  })
}

/** Returns whether a value has more than this many levels. */
function isNested(value: unknown, levels: number): boolean {
  if (Object(value) !== value) return false
  return levels === 0 || Object.values(value as object).some(member => isNested(member, levels - 1))
}

/** Visible ASCII, so that it cannot break out of a header (RFC 6750 section 2.1, RFC 6749 appendix A.12). */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}
