import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Canva. It requires PKCE. Its errors are in `code`.
 *
 * Sources: fixtures/canva.ts
 */
export function canva(): Provider {
  return defineProvider({
    name: 'canva',
    about: {
      name: 'Canva',
      docs: 'https://www.canva.dev/docs/connect/authentication/',
      register: 'https://www.canva.com/developers/integrations',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://www.canva.com/api/oauth/authorize',
    tokenEndpoint: 'https://api.canva.com/rest/v1/oauth/token',
    revocationEndpoint: 'https://api.canva.com/rest/v1/oauth/revoke',
    introspectionEndpoint: 'https://api.canva.com/rest/v1/oauth/introspect',
    grants: ['authorization_code', 'refresh_token'],
    api: { origins: ['https://api.canva.com'] },
    identity: { userinfo: 'https://api.canva.com/rest/v1/users/me', path: 'team_user.user_id' },
  })
}
