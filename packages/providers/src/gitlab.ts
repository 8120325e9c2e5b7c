import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { endpoint, instanceName, originOf, redirectUriOnRefresh } from '@latchkey/core/provider'
import { optionsOf } from './options.ts'

const GITLAB = 'https://gitlab.com'

/**
 * Describes GitLab. Set `baseUrl` for your own instance. A refresh invalidates both previous tokens, and
 * sends the redirect URI again.
 *
 * Endpoints, S256, device flow: https://docs.gitlab.com/api/oauth2/
 * Introspection and revocation: https://docs.gitlab.com/integration/openid_connect_provider/
 * The user, with the scope `read_user`: https://docs.gitlab.com/api/users/#get-the-current-user
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only).
 */
export function gitlab(options: { readonly baseUrl?: string } = {}): Provider {
  const { baseUrl = GITLAB } = optionsOf('gitlab', options, {}, 'baseUrl')
  return defineProvider({
    name: instanceName('gitlab', baseUrl, GITLAB),
    about: {
      name: 'GitLab',
      docs: 'https://docs.gitlab.com/api/oauth2/',
      register: endpoint(baseUrl, '/-/user_settings/applications'),
      checked: '2026-11-29',
    },
    authorizationEndpoint: endpoint(baseUrl, '/oauth/authorize'),
    tokenEndpoint: endpoint(baseUrl, '/oauth/token'),
    deviceAuthorizationEndpoint: endpoint(baseUrl, '/oauth/authorize_device'),
    revocationEndpoint: endpoint(baseUrl, '/oauth/revoke'),
    introspectionEndpoint: endpoint(baseUrl, '/oauth/introspect'),
    grants: ['authorization_code', 'device_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    api: { origins: [originOf(baseUrl)] },
    refreshToken: { reuse: 'single', endsAccessToken: true },
    quirks: { tokenRequest: [redirectUriOnRefresh] },
    identity: { userinfo: endpoint(baseUrl, '/api/v4/user'), path: 'id' },
  })
}
