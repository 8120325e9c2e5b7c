import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { scopeArray } from '@latchkey/core/provider'

/**
 * Describes Linear. It separates the scopes of a request with commas.
 *
 * Sources: fixtures/linear.ts
 */
export function linear(): Provider {
  return defineProvider({
    name: 'linear',
    about: {
      name: 'Linear',
      docs: 'https://linear.app/developers/oauth-2-0-authentication',
      register: 'https://linear.app/settings/api/applications/new',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://linear.app/oauth/authorize',
    tokenEndpoint: 'https://api.linear.app/oauth/token',
    revocationEndpoint: 'https://api.linear.app/oauth/revoke',
    clientAuthentication: 'client_secret_post',
    scopeSeparator: ',',
    api: { origins: ['https://api.linear.app'] },
    quirks: { tokenResponse: [scopeArray] },
  })
}
