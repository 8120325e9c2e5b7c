import { defineProvider } from '@latchkey/core'
import { instanceName } from './instance-name.ts'
import type { Provider } from '@latchkey/core'
import { endpoint, originOf } from '@latchkey/core/provider'

/**
 * A Mastodon instance: `mastodon({ baseUrl: 'https://mastodon.social' })`. Its tokens do not expire, and there are
 * no refresh tokens. Accounts of several instances are told apart by the provider's name, which holds the host.
 *
 * Endpoints and `client_secret_post`: https://docs.joinmastodon.org/methods/oauth/
 * S256, from version 4.3, ignored before: https://docs.joinmastodon.org/spec/oauth/
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only).
 */
export function mastodon({ baseUrl }: { readonly baseUrl: string }): Provider {
  return defineProvider({
    name: instanceName('mastodon', baseUrl),
    authorizationEndpoint: endpoint(baseUrl, '/oauth/authorize'),
    tokenEndpoint: endpoint(baseUrl, '/oauth/token'),
    revocationEndpoint: endpoint(baseUrl, '/oauth/revoke'),
    grants: ['authorization_code', 'client_credentials'],
    clientAuthentication: 'client_secret_post',
    apiOrigins: [originOf(baseUrl)],
  })
}
