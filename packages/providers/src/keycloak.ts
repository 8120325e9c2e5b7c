import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { endpoint, instanceName, originOf } from '@latchkey/core/provider'
import { optionsOf, segmentOption } from './options.ts'

/**
 * Describes a realm of Keycloak: `keycloak({ baseUrl: 'https://id.example.com', realm: 'example' })`.
 *
 * Sources: fixtures/keycloak.ts
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only), or `realm` no segment of a path.
 */
export function keycloak(options: { readonly baseUrl: string; readonly realm: string }): Provider {
  const { baseUrl, realm } = optionsOf('keycloak', options, {
    baseUrl: ['an https URL', 'https://id.example.com'],
    realm: ['the name of a realm', 'example'],
  })
  const issuer = endpoint(baseUrl, `/realms/${segmentOption('realm', realm)}`)
  const base = `${issuer}/protocol/openid-connect`
  return defineProvider({
    name: instanceName('keycloak', issuer),
    about: {
      name: 'Keycloak',
      docs: 'https://www.keycloak.org/securing-apps/oidc-layers',
      register: 'https://www.keycloak.org/docs/latest/server_admin/#_oidc_clients',
      checked: '2026-11-29',
    },
    issuer,
    authorizationEndpoint: `${base}/auth`,
    tokenEndpoint: `${base}/token`,
    deviceAuthorizationEndpoint: `${base}/auth/device`,
    revocationEndpoint: `${base}/revoke`,
    introspectionEndpoint: `${base}/token/introspect`,
    endSessionEndpoint: `${base}/logout`,
    api: { origins: [originOf(issuer)] },
    identity: 'id_token.sub',
  })
}
