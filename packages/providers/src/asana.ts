import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { revocation } from '@latchkey/core/provider'

/**
 * Describes Asana. The token response names the user. The refresh token does not change.
 *
 * Sources: fixtures/asana.ts
 */
export function asana(): Provider {
  return defineProvider({
    name: 'asana',
    about: {
      name: 'Asana',
      docs: 'https://developers.asana.com/docs/oauth',
      register: 'https://app.asana.com/0/my-apps',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://app.asana.com/-/oauth_authorize',
    tokenEndpoint: 'https://app.asana.com/-/oauth_token',
    revocationEndpoint: 'https://app.asana.com/-/oauth_revoke',
    revocation: (provider, credentials, { access_token: _, ...tokens }) =>
      revocation(provider, credentials, tokens),
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    refreshToken: { reuse: 'none' },
    api: { origins: ['https://app.asana.com'] },
    identity: 'data.gid',
  })
}
