import type { Revocation } from '../provider/provider.ts'
import { tokenRequest } from './token-request.ts'

/**
 * Returns the requests that revoke tokens (RFC 7009 section 2.1), for a provider's `revocation`. The refresh token
 * comes first, because its access tokens are revoked with it if the server supports that.
 */
export const revocation: Revocation = (provider, credentials, { refresh_token, access_token }) => {
  return Object.entries({ refresh_token, access_token }).flatMap(([token_type_hint, token]) => {
    if (token === undefined) return []
    const parameters = { token, token_type_hint }
    return tokenRequest(provider, credentials, parameters, { to: 'revocation' }, provider.revocationEndpoint)
  })
}
