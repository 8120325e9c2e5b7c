import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorAt, scopeArray, errorsMeaning } from '@latchkey/core/provider'

/**
 * Describes Twitch. Its scopes are an array. Errors are in `message`, next to a numeric `status`. Its documentation
 * does not mention PKCE.
 *
 * Endpoints, device flow, arrays and `authorization_pending` as a message:
 * https://dev.twitch.tv/docs/authentication/getting-tokens-oauth/
 * Refreshes: https://dev.twitch.tv/docs/authentication/refresh-tokens/
 * The user, and the header `Client-Id`: https://dev.twitch.tv/docs/api/reference/#get-users
 * Revocation: https://dev.twitch.tv/docs/authentication/revoke-tokens/
 * The recorded messages: https://github.com/nicklaw5/helix/blob/main/authentication_test.go
 */
export function twitch(): Provider {
  return defineProvider({
    name: 'twitch',
    about: {
      name: 'Twitch',
      docs: 'https://dev.twitch.tv/docs/authentication/',
      register: 'https://dev.twitch.tv/console/apps',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://id.twitch.tv/oauth2/authorize',
    tokenEndpoint: 'https://id.twitch.tv/oauth2/token',
    deviceAuthorizationEndpoint: 'https://id.twitch.tv/oauth2/device',
    revocationEndpoint: 'https://id.twitch.tv/oauth2/revoke',
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    api: { origins: ['https://api.twitch.tv'], headers: { 'Client-Id': '{client_id}' } },
    identity: { userinfo: 'https://api.twitch.tv/helix/users', path: 'data.0.id' },
    quirks: {
      tokenResponse: [scopeArray, errorAt(['message'], ['error'], ['error_description'])],
      errors: [
        ...errorsMeaning(
          'reauth',
          'Invalid authorization code',
          'Invalid refresh token',
          'invalid device code',
        ),
        ...errorsMeaning(
          'misconfigured',
          'invalid client',
          'invalid client secret',
          'missing client id',
          'missing client secret',
        ),
      ],
    },
  })
}
