import { base64url } from '../util/base64url.ts'
import type { Pkce } from '../provider/provider.ts'
import { sha256 } from './sha256.ts'

/** Matches a code verifier (RFC 7636 section 4.1). */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

/** Returns the PKCE parameters with SHA-256 (RFC 7636 section 4.2), for a provider's `pkce`. */
export const s256: Pkce = code_verifier => {
  if (!VERIFIER.test(code_verifier ?? ''))
    throw new TypeError(
      'code_verifier must be 43 to 128 letters, digits or any of -._~ (RFC 7636 section 4.1)',
    )
  const digest = sha256(Uint8Array.from(code_verifier as string, character => character.charCodeAt(0)))
  return { code_challenge: base64url(digest), code_challenge_method: 'S256' }
}
