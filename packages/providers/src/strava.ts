import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { expiresAt } from '@latchkey/core/provider'

/**
 * Describes Strava. It separates scopes with commas, and its errors are a list of fields. The user is in the first token
 * response only. While an access token is valid for more than an hour, a refresh returns the same one.
 *
 * Sources: fixtures/strava.ts
 */
export function strava(): Provider {
  return defineProvider({
    name: 'strava',
    about: {
      name: 'Strava',
      docs: 'https://developers.strava.com/docs/authentication/',
      register: 'https://www.strava.com/settings/api',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://www.strava.com/oauth/authorize',
    tokenEndpoint: 'https://www.strava.com/api/v3/oauth/token',
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    scopeSeparator: ',',
    api: { origins: ['https://www.strava.com'] },
    identity: 'athlete.id',
    quirks: {
      tokenResponse: [expiresAt()],
      errors: [
        { at: 'token', word: 'refresh_token', means: 'reauth' },
        { at: 'token', word: 'code', means: 'reauth' },
      ],
    },
  })
}
