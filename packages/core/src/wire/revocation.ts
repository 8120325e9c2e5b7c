import { MisconfiguredError } from '../errors.ts'
import type { Revocation } from '../provider/provider.ts'
import { tokenRequest } from './token-request.ts'

/**
 * Returns the requests that revoke tokens (RFC 7009 section 2.1), for a provider's `revocation`. The refresh token
 * comes first, because its access tokens are revoked with it if the server supports that.
 *
 * @throws {MisconfiguredError} when the provider has no `revocationEndpoint`.
 */
export const revocation: Revocation = (provider, credentials, { refresh_token, access_token }) => {
  const { name, revocationEndpoint: url } = provider
  if (url === undefined)
    throw new MisconfiguredError({ message: `the provider '${name}' has no revocationEndpoint` })
  return Object.entries({ refresh_token, access_token }).flatMap(([token_type_hint, token]) => {
    if (token === undefined) return []
    return tokenRequest(provider, credentials, { token, token_type_hint }, { to: 'revocation' }, url)
  })
}
