import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { instanceName, originOf } from '@latchkey/core/provider'
import { hostOption, optionsOf, segmentOption } from './options.ts'

/**
 * Describes an authorization server of Okta: `okta({ domain: 'example.okta.com' })`; `server` is its id. A refresh token needs
 * the scope `offline_access`.
 *
 * Sources: fixtures/okta.ts
 *
 * @throws {TypeError} when `domain` is not a host name, or `server` no segment of a path.
 */
export function okta(options: { readonly domain: string; readonly server?: string }): Provider {
  const { domain, server = 'default' } = optionsOf(
    'okta',
    options,
    { domain: ['a host name', 'example.okta.com'] },
    'server',
  )
  const issuer = `https://${hostOption('domain', domain)}/oauth2/${segmentOption('server', server)}`
  const base = `${issuer}/v1`
  return defineProvider({
    name: instanceName('okta', issuer),
    about: {
      name: 'Okta',
      docs: 'https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/',
      register: 'https://developer.okta.com/login/',
      checked: '2026-11-29',
    },
    issuer,
    authorizationEndpoint: `${base}/authorize`,
    tokenEndpoint: `${base}/token`,
    deviceAuthorizationEndpoint: `${base}/device/authorize`,
    revocationEndpoint: `${base}/revoke`,
    introspectionEndpoint: `${base}/introspect`,
    endSessionEndpoint: `${base}/logout`,
    offline: { scope: 'offline_access' },
    api: { origins: [originOf(issuer)] },
    identity: 'id_token.sub',
  })
}
