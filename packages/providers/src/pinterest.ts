import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Pinterest. Its errors are numbers in `code`.
 *
 * Sources: fixtures/pinterest.ts
 */
export function pinterest(): Provider {
  return defineProvider({
    name: 'pinterest',
    about: {
      name: 'Pinterest',
      docs: 'https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/',
      register: 'https://developers.pinterest.com/apps/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://www.pinterest.com/oauth/',
    tokenEndpoint: 'https://api.pinterest.com/v5/oauth/token',
    grants: ['authorization_code', 'refresh_token'],
    pkce: 'none',
    scopeSeparator: ',',
    api: { origins: ['https://api.pinterest.com'] },
    identity: { userinfo: 'https://api.pinterest.com/v5/user_account', path: 'id' },
    quirks: { errors: [{ at: 'token', word: 283, means: 'reauth' }] },
  })
}
