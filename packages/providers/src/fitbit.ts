import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Fitbit. The token response names the user.
 *
 * Sources: fixtures/fitbit.ts
 */
export function fitbit(): Provider {
  return defineProvider({
    name: 'fitbit',
    about: {
      name: 'Fitbit',
      docs: 'https://dev.fitbit.com/build/reference/web-api/authorization/',
      register: 'https://dev.fitbit.com/apps',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://www.fitbit.com/oauth2/authorize',
    tokenEndpoint: 'https://api.fitbit.com/oauth2/token',
    revocationEndpoint: 'https://api.fitbit.com/oauth2/revoke',
    grants: ['authorization_code', 'refresh_token'],
    api: { origins: ['https://api.fitbit.com'] },
    identity: 'user_id',
  })
}
