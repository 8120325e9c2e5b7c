import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { instanceName } from '@latchkey/core/provider'
import { hostOption, optionsOf } from './options.ts'

/**
 * Describes a tenant of Auth0: `auth0({ domain: 'example.us.auth0.com' })`. A refresh token needs the scope
 * `offline_access`. Pass the API's identifier as `authorizationParameters.audience`. A wrong client secret is an
 * `access_denied`.
 *
 * Sources: fixtures/auth0.ts
 *
 * @throws {TypeError} when `domain` is not a host name.
 */
export function auth0(options: { readonly domain: string }): Provider {
  const { domain } = optionsOf('auth0', options, { domain: ['a host name', 'example.us.auth0.com'] })
  const base = `https://${hostOption('domain', domain)}`
  return defineProvider({
    name: instanceName('auth0', base),
    about: {
      name: 'Auth0',
      docs: 'https://auth0.com/docs/api/authentication',
      register: 'https://manage.auth0.com/',
      checked: '2026-11-29',
    },
    issuer: `${base}/`,
    authorizationEndpoint: `${base}/authorize`,
    tokenEndpoint: `${base}/oauth/token`,
    deviceAuthorizationEndpoint: `${base}/oauth/device/code`,
    revocationEndpoint: `${base}/oauth/revoke`,
    endSessionEndpoint: `${base}/oidc/logout`,
    clientAuthentication: 'client_secret_post',
    offline: { scope: 'offline_access' },
    api: { origins: [base] },
    identity: 'id_token.sub',
    quirks: { errors: [{ at: 'token', word: 'access_denied', means: 'misconfigured' }] },
  })
}
