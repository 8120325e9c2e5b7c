import { defineProvider } from '@latchkey/core'
import type { Provider, Tokens } from '@latchkey/core'
import {
  type ClientCredentials,
  clientSecretBasicRaw,
  endpoint,
  instanceName,
  originOf,
  scopeCommas,
  errorsMeaning,
} from '@latchkey/core/provider'
import type { HttpRequest } from '@latchkey/core/ports'
import { optionsOf } from './options.ts'

const GITHUB = 'https://github.com'

/**
 * Describes GitHub: OAuth apps, and GitHub apps on behalf of a user. Set `baseUrl` to the address of a GitHub Enterprise Server.
 *
 * Only GitHub apps with expiring user tokens receive refresh tokens. GitHub revokes a token by a DELETE request to its API.
 *
 * Endpoints, device flow, its error codes and scopes with commas:
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 * S256: https://github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication
 * Errors, which come with status 200:
 * https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
 * A refresh token is valid for one use. `bad_refresh_token` rejects any other:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
 * The user: https://docs.github.com/en/rest/users/users#get-the-authenticated-user
 * Revocation: https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-token
 *
 * @throws {TypeError} when `baseUrl` is not an https URL (http on loopback only).
 */
export function github(options: { readonly baseUrl?: string } = {}): Provider {
  const { baseUrl = GITHUB } = optionsOf('github', options, {}, 'baseUrl')
  const api = baseUrl === GITHUB ? 'https://api.github.com' : endpoint(baseUrl, '/api/v3')
  return defineProvider({
    name: instanceName('github', baseUrl, GITHUB),
    about: {
      name: 'GitHub',
      docs: 'https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps',
      register: endpoint(baseUrl, '/settings/developers'),
      checked: '2026-11-29',
    },
    identity: { userinfo: `${api}/user`, path: 'id' },
    revocation: (_, credentials, tokens) => deleteToken(api, credentials, tokens),
    authorizationEndpoint: endpoint(baseUrl, '/login/oauth/authorize'),
    tokenEndpoint: endpoint(baseUrl, '/login/oauth/access_token'),
    deviceAuthorizationEndpoint: endpoint(baseUrl, '/login/device/code'),
    grants: ['authorization_code', 'device_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    api: { origins: [originOf(api)] },
    refreshToken: { reuse: 'single', endsAccessToken: true },
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

function deleteToken(
  api: string,
  credentials: ClientCredentials,
  { access_token }: Partial<Tokens>,
): readonly HttpRequest[] {
  if (access_token === undefined) return []
  const { headers = {} } = clientSecretBasicRaw({ credentials })
  return [
    {
      method: 'DELETE',
      url: `${api}/applications/${encodeURIComponent(credentials.client_id)}/token`,
      headers: { accept: 'application/vnd.github+json', 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ access_token }),
    },
  ]
}
