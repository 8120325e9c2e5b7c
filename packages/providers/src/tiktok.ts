import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { renamed, scopeCommas } from '@latchkey/core/provider'

/**
 * Describes TikTok. It calls the client id `client_key`, and separates scopes with commas. Web applications use no PKCE.
 *
 * Sources: fixtures/tiktok.ts
 */
export function tiktok(): Provider {
  return defineProvider({
    name: 'tiktok',
    about: {
      name: 'TikTok',
      docs: 'https://developers.tiktok.com/doc/oauth-user-access-token-management',
      register: 'https://developers.tiktok.com/apps/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://www.tiktok.com/v2/auth/authorize/',
    tokenEndpoint: 'https://open.tiktokapis.com/v2/oauth/token/',
    revocationEndpoint: 'https://open.tiktokapis.com/v2/oauth/revoke/',
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    scopeSeparator: ',',
    api: { origins: ['https://open.tiktokapis.com'] },
    identity: 'open_id',
    quirks: {
      authorizationRequest: [renamed('client_id', 'client_key')],
      tokenRequest: [renamed('client_id', 'client_key')],
      tokenResponse: [scopeCommas],
    },
  })
}
