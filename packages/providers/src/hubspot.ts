import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes HubSpot: the OAuth API of 2026-03. Its errors are words of RFC 6749 beside words of its own. Tokens belong to a
 * HubSpot account, which `hub_id` names, and not to the user who connected it.
 *
 * Sources: fixtures/hubspot.ts
 */
export function hubspot(): Provider {
  return defineProvider({
    name: 'hubspot',
    about: {
      name: 'HubSpot',
      docs: 'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth',
      register: 'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/create-an-app',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://app.hubspot.com/oauth/authorize',
    tokenEndpoint: 'https://api.hubapi.com/oauth/2026-03/token',
    revocationEndpoint: 'https://api.hubapi.com/oauth/2026-03/token/revoke',
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    refreshToken: { reuse: 'none' },
    api: { origins: ['https://api.hubapi.com'] },
    identity: 'hub_id',
  })
}
