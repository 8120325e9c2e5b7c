import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { instanceName } from '@latchkey/core/provider'
import { hostOption, optionsOf } from './options.ts'

/**
 * Describes the domain of an Amazon Cognito user pool: `cognito({ domain: 'example.auth.us-east-1.amazoncognito.com' })`.
 *
 * Sources: fixtures/cognito.ts
 *
 * @throws {TypeError} when `domain` is not a host name.
 */
export function cognito(options: { readonly domain: string }): Provider {
  const { domain } = optionsOf('cognito', options, {
    domain: ['a host name', 'example.auth.us-east-1.amazoncognito.com'],
  })
  const base = `https://${hostOption('domain', domain)}`
  return defineProvider({
    name: instanceName('cognito', base),
    about: {
      name: 'Amazon Cognito',
      docs: 'https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html',
      register: 'https://console.aws.amazon.com/cognito/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: `${base}/oauth2/authorize`,
    tokenEndpoint: `${base}/oauth2/token`,
    revocationEndpoint: `${base}/oauth2/revoke`,
    grants: ['authorization_code', 'client_credentials', 'refresh_token'],
    api: { origins: [base] },
    identity: { userinfo: `${base}/oauth2/userInfo`, path: 'sub' },
  })
}
