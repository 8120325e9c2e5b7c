import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Airtable. It requires PKCE. A refresh ends both old tokens.
 *
 * Sources: fixtures/airtable.ts
 */
export function airtable(): Provider {
  return defineProvider({
    name: 'airtable',
    about: {
      name: 'Airtable',
      docs: 'https://airtable.com/developers/web/api/oauth-reference',
      register: 'https://airtable.com/create/oauth',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://airtable.com/oauth2/v1/authorize',
    tokenEndpoint: 'https://airtable.com/oauth2/v1/token',
    grants: ['authorization_code', 'refresh_token'],
    refreshToken: { endsAccessToken: true },
    api: { origins: ['https://api.airtable.com'] },
    identity: { userinfo: 'https://api.airtable.com/v0/meta/whoami', path: 'id' },
  })
}
