import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { type Identify, scopeArray, userinfo } from '@latchkey/core/provider'

const API = 'https://api.linear.app'

/** Returns the `id` of the `viewer`, which a GraphQL query reads. */
const viewerId: Identify = (tokens, context) =>
  userinfo(`${API}/graphql`, 'data.viewer.id')(tokens, {
    ...context,
    send: ({ url, headers }) =>
      context.send({
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': 'application/json' },
        body: '{"query":"{ viewer { id } }"}',
      }),
  })

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
    tokenEndpoint: `${API}/oauth/token`,
    revocationEndpoint: `${API}/oauth/revoke`,
    clientAuthentication: 'client_secret_post',
    scopeSeparator: ',',
    api: { origins: [API] },
    identity: viewerId,
    quirks: { tokenResponse: [scopeArray] },
  })
}
