import type { Grant } from '../keeper/record-writes.ts'
import { type Tokens, tokenSet } from '../tokens.ts'

/**
 * Tokens that come from outside, as a grant of theirs: `expires_at` says when they were obtained, where they know it.
 * They are not noted beside the grant, where a sign-out would leave them.
 *
 * @throws {TypeError} when they hold neither an access token nor a refresh token, or one that is no text.
 */
export function grantFromTokens(tokens: Partial<Tokens>, nowMs: number): Grant {
  const { access_token, refresh_token } = tokens
  for (const [name, value] of Object.entries({ access_token, refresh_token }))
    if (value !== undefined && (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)))
      throw new TypeError(`${name} must be a token: visible characters without a space`)
  if (!access_token && !refresh_token)
    throw new TypeError('tokens must hold an access_token, a refresh_token or both')
  const { lifetime, obtainedAtMs } = ageOf(tokens, nowMs)
  return { tokens: tokenSet({ ...tokens, ...lifetime } as Tokens), obtainedAtMs, because: 'imported' }
}

/** How old tokens are; 0 is the instant of those that do not say. */
function ageOf(
  { expires_in, expires_at }: Partial<Tokens>,
  nowMs: number,
): { readonly lifetime?: Pick<Tokens, 'expires_in'>; readonly obtainedAtMs: number } {
  if (expires_at === undefined) return { obtainedAtMs: expires_in === undefined ? 0 : nowMs }
  if (expires_in !== undefined) return { obtainedAtMs: expires_at - expires_in * 1000 }
  const left = Math.max(0, Math.floor((expires_at - nowMs) / 1000))
  return { lifetime: { expires_in: left }, obtainedAtMs: nowMs }
}
