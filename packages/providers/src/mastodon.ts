import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { endpoint, instanceName, originOf } from '@latchkey/core/provider'
import { optionsOf } from './options.ts'

/**
 * Describes a Mastodon instance: `mastodon({ baseUrl: 'https://mastodon.social' })`. Its tokens do not expire, and
 * there are no refresh tokens. The provider's name contains the host, which separates the accounts of several instances.
 *
 * Endpoints and `client_secret_post`: https://docs.joinmastodon.org/methods/oauth/
 * S256, since version 4.3; earlier versions ignore it: https://docs.joinmastodon.org/spec/oauth/
 * The user: https://docs.joinmastodon.org/methods/accounts/#verify_credentials
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only).
 */
export function mastodon(options: { readonly baseUrl: string }): Provider {
  const { baseUrl } = optionsOf('mastodon', options, { baseUrl: ['an https URL', 'https://mastodon.social'] })
  return defineProvider({
    name: instanceName('mastodon', baseUrl),
    about: {
      name: 'Mastodon',
      docs: 'https://docs.joinmastodon.org/spec/oauth/',
      register: endpoint(baseUrl, '/settings/applications'),
      checked: '2026-11-29',
    },
    authorizationEndpoint: endpoint(baseUrl, '/oauth/authorize'),
    tokenEndpoint: endpoint(baseUrl, '/oauth/token'),
    revocationEndpoint: endpoint(baseUrl, '/oauth/revoke'),
    grants: ['authorization_code', 'client_credentials'],
    clientAuthentication: 'client_secret_post',
    api: { origins: [originOf(baseUrl)] },
    identity: { userinfo: endpoint(baseUrl, '/api/v1/accounts/verify_credentials'), path: 'id' },
  })
}
