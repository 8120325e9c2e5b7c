import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Box. A refresh token is valid for one use within 60 days.
 *
 * Sources: fixtures/box.ts
 */
export function box(): Provider {
  return defineProvider({
    name: 'box',
    about: {
      name: 'Box',
      docs: 'https://developer.box.com/guides/authentication/oauth2/',
      register: 'https://app.box.com/developers/console',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://account.box.com/api/oauth2/authorize',
    tokenEndpoint: 'https://api.box.com/oauth2/token',
    revocationEndpoint: 'https://api.box.com/oauth2/revoke',
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    refreshToken: { expiresIn: 5_184_000, reuse: 'single' },
    api: { origins: ['https://api.box.com', 'https://upload.box.com'] },
    identity: { userinfo: 'https://api.box.com/2.0/users/me', path: 'id' },
  })
}
