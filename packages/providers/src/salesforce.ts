import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { endpoint, instanceName } from '@latchkey/core/provider'
import { optionsOf } from './options.ts'

const SALESFORCE = 'https://login.salesforce.com'

/**
 * Describes Salesforce. Set `baseUrl` to `https://test.salesforce.com` for sandboxes, or to your own domain. The API's origin
 * is the `instance_url` of the token response. A refresh token needs the scope `refresh_token`. Responses have no lifetime:
 * an access token is used until an API rejects it.
 *
 * Sources: fixtures/salesforce.ts
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only).
 */
export function salesforce(options: { readonly baseUrl?: string } = {}): Provider {
  const { baseUrl = SALESFORCE } = optionsOf('salesforce', options, {}, 'baseUrl')
  return defineProvider({
    name: instanceName('salesforce', baseUrl, SALESFORCE),
    about: {
      name: 'Salesforce',
      docs: 'https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_web_server_flow.htm',
      register: 'https://help.salesforce.com/s/articleView?id=xcloud.create_a_local_external_client_app.htm',
      checked: '2026-11-29',
    },
    authorizationEndpoint: endpoint(baseUrl, '/services/oauth2/authorize'),
    tokenEndpoint: endpoint(baseUrl, '/services/oauth2/token'),
    revocationEndpoint: endpoint(baseUrl, '/services/oauth2/revoke'),
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    offline: { scope: 'refresh_token' },
    api: {
      origins: ({ instance_url }) => instance_url,
      originPattern: /^https:\/\/(?:[\w-]+\.)+salesforce\.com$/,
    },
    identity: 'id',
  })
}
