import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Spotify. A refresh may return no refresh token, and the old one stays in use. There is no revocation
 * endpoint.
 *
 * Endpoints and HTTP Basic: https://developer.spotify.com/documentation/web-api/tutorials/code-flow
 * S256: https://developer.spotify.com/documentation/web-api/tutorials/code-pkce-flow
 * Refreshes: https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens
 * The user: https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 */
export function spotify(): Provider {
  return defineProvider({
    name: 'spotify',
    about: {
      name: 'Spotify',
      docs: 'https://developer.spotify.com/documentation/web-api/concepts/authorization',
      register: 'https://developer.spotify.com/dashboard',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://accounts.spotify.com/authorize',
    tokenEndpoint: 'https://accounts.spotify.com/api/token',
    api: { origins: ['https://api.spotify.com'] },
    identity: { userinfo: 'https://api.spotify.com/v1/me', path: 'id' },
  })
}
