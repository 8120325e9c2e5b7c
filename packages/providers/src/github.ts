import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { endpoint, instanceName, originOf, scopeCommas, errorsMeaning } from '@latchkey/core/provider'

const GITHUB = 'https://github.com'

/**
 * Describes GitHub: OAuth apps, and GitHub apps on behalf of a user. Set `baseUrl` for GitHub Enterprise Server.
 *
 * Only GitHub apps with expiring user tokens receive refresh tokens. GitHub has no revocation endpoint (RFC 7009).
 *
 * Endpoints, device flow, its error codes and scopes with commas:
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 * S256: https://github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication
 * Errors, which come with status 200:
 * https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
 * A refresh token is valid for one use. `bad_refresh_token` rejects any other:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
 * The user: https://docs.github.com/en/rest/users/users#get-the-authenticated-user
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only).
 */
export function github({ baseUrl = GITHUB }: { readonly baseUrl?: string } = {}): Provider {
  return defineProvider({
    name: instanceName('github', baseUrl, GITHUB),
    identity: {
      userinfo: baseUrl === GITHUB ? 'https://api.github.com/user' : endpoint(baseUrl, '/api/v3/user'),
      path: 'id',
    },
    authorizationEndpoint: endpoint(baseUrl, '/login/oauth/authorize'),
    tokenEndpoint: endpoint(baseUrl, '/login/oauth/access_token'),
    deviceAuthorizationEndpoint: endpoint(baseUrl, '/login/device/code'),
    grants: ['authorization_code', 'device_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    api: { origins: baseUrl === GITHUB ? ['https://api.github.com'] : [originOf(baseUrl)] },
    refreshToken: { reuse: 'single' },
    quirks: {
      tokenResponse: [scopeCommas],
      errors: [
        ...errorsMeaning(
          'reauth',
          'bad_verification_code',
          'bad_refresh_token',
          'incorrect_device_code',
          'unverified_user_email',
        ),
        ...errorsMeaning(
          'misconfigured',
          'incorrect_client_credentials',
          'redirect_uri_mismatch',
          'application_suspended',
          'device_flow_disabled',
        ),
      ],
    },
  })
}
