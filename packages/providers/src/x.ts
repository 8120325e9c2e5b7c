import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorsMeaning } from '@latchkey/core/provider'

/**
 * Describes X. Refresh tokens need the scope `offline.access` and are valid for one use. An invalid token and a wrong
 * code are both an `invalid_request`. Only the description distinguishes them from a faulty request.
 *
 * Endpoints, S256, HTTP Basic, refreshes: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
 * The user, with the scopes `users.read` and `tweet.read`: https://docs.x.com/x-api/users/get-my-user
 * The recorded descriptions: https://github.com/plhery/node-twitter-api-v2/issues/496 and
 * https://github.com/unasuke/omniauth-twitter2/issues/4
 */
export function x(): Provider {
  return defineProvider({
    name: 'x',
    about: {
      name: 'X',
      docs: 'https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code',
      register: 'https://console.x.com',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://x.com/i/oauth2/authorize',
    tokenEndpoint: 'https://api.x.com/2/oauth2/token',
    revocationEndpoint: 'https://api.x.com/2/oauth2/revoke',
    grants: ['authorization_code', 'refresh_token'],
    api: { origins: ['https://api.x.com'] },
    offline: { scope: 'offline.access' },
    identity: { userinfo: 'https://api.x.com/2/users/me', path: 'data.id' },
    refreshToken: { reuse: 'single' },
    quirks: {
      errors: [
        ...errorsMeaning(
          'reauth',
          'Value passed for the token was invalid.',
          'Value passed for the authorization code was invalid.',
        ),
        ...errorsMeaning('misconfigured', 'Missing valid authorization header'),
      ],
    },
  })
}
