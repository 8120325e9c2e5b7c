import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Zoom: user-managed apps. The account needs the scope `user:read:user`.
 *
 * Sources: fixtures/zoom.ts
 */
export function zoom(): Provider {
  return defineProvider({
    name: 'zoom',
    about: {
      name: 'Zoom',
      docs: 'https://developers.zoom.us/docs/integrations/oauth/',
      register: 'https://marketplace.zoom.us/develop/create',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://zoom.us/oauth/authorize',
    tokenEndpoint: 'https://zoom.us/oauth/token',
    revocationEndpoint: 'https://zoom.us/oauth/revoke',
    grants: ['authorization_code', 'refresh_token'],
    pkce: 'none',
    refreshToken: { expiresIn: 7_776_000 },
    api: { origins: ['https://api.zoom.us'] },
    identity: { userinfo: 'https://api.zoom.us/v2/users/me', path: 'id' },
  })
}
