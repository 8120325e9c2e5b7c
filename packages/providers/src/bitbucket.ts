import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { renamed } from '@latchkey/core/provider'

/**
 * Describes Bitbucket Cloud. Its responses have `scopes` for `scope`. Its documentation does not mention PKCE.
 *
 * https://developer.atlassian.com/cloud/bitbucket/oauth-2/ and
 * https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/
 */
export function bitbucket(): Provider {
  return defineProvider({
    name: 'bitbucket',
    authorizationEndpoint: 'https://bitbucket.org/site/oauth2/authorize',
    tokenEndpoint: 'https://bitbucket.org/site/oauth2/access_token',
    pkce: 'none',
    api: { origins: ['https://api.bitbucket.org'] },
    quirks: { tokenResponse: [renamed('scopes', 'scope')] },
  })
}
