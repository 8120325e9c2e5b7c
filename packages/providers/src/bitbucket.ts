import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorsMeaning, renamed } from '@latchkey/core/provider'

/**
 * Describes Bitbucket Cloud. Its responses have `scopes` for `scope`. Its documentation does not mention PKCE.
 *
 * https://developer.atlassian.com/cloud/bitbucket/oauth-2/ and
 * https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/
 * An invalid refresh token is an `invalid_request`: fixtures/bitbucket.ts
 */
export function bitbucket(): Provider {
  return defineProvider({
    name: 'bitbucket',
    about: {
      name: 'Bitbucket',
      docs: 'https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/',
      register: 'https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://bitbucket.org/site/oauth2/authorize',
    tokenEndpoint: 'https://bitbucket.org/site/oauth2/access_token',
    pkce: 'none',
    identity: { userinfo: 'https://api.bitbucket.org/2.0/user', path: 'uuid' },
    api: { origins: ['https://api.bitbucket.org'] },
    quirks: {
      tokenResponse: [renamed('scopes', 'scope')],
      errors: errorsMeaning('reauth', 'Invalid refresh_token'),
    },
  })
}
