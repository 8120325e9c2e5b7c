import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Patreon. A refresh token is valid for one use.
 *
 * Sources: fixtures/patreon.ts
 */
export function patreon(): Provider {
  return defineProvider({
    name: 'patreon',
    about: {
      name: 'Patreon',
      docs: 'https://docs.patreon.com/#oauth',
      register: 'https://www.patreon.com/portal/registration/register-clients',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://www.patreon.com/oauth2/authorize',
    tokenEndpoint: 'https://www.patreon.com/api/oauth2/token',
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    refreshToken: { reuse: 'single' },
    api: { origins: ['https://www.patreon.com'] },
    identity: { userinfo: 'https://www.patreon.com/api/oauth2/v2/identity', path: 'data.id' },
  })
}
