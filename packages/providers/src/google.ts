import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { renamed, errorsMeaning } from '@latchkey/core/provider'

/**
 * Describes Google. The authorization request asks for a refresh token (`access_type=offline`). After a user's first
 * sign-in, Google sends another one only with consent, which `new Client({ offline: true })` requests. `googleapis.com` is
 * Google's domain for its APIs: https://developers.google.com/discovery/v1/reference/apis/list
 *
 * Endpoints, issuer, S256 and `client_secret_post`: https://accounts.google.com/.well-known/openid-configuration
 * as in https://developers.google.com/identity/openid-connect/reference
 * Refresh tokens, and errors of an app or its registration:
 * https://developers.google.com/identity/protocols/oauth2/web-server
 * `verification_url` instead of `verification_uri`:
 * https://developers.google.com/identity/protocols/oauth2/limited-input-device
 * The user, with the scope `openid`: https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
 */
export function google(): Provider {
  return defineProvider({
    name: 'google',
    about: {
      name: 'Google',
      docs: 'https://developers.google.com/identity/protocols/oauth2/web-server',
      register: 'https://console.cloud.google.com/apis/credentials',
      checked: '2026-11-29',
    },
    issuer: 'https://accounts.google.com',
    identity: 'id_token.sub',
    authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    offline: { parameters: { access_type: 'offline', prompt: 'consent' } },
    api: { origins: ['https://*.googleapis.com'] },
    tokenEndpoint: 'https://oauth2.googleapis.com/token',
    deviceAuthorizationEndpoint: 'https://oauth2.googleapis.com/device/code',
    revocationEndpoint: 'https://oauth2.googleapis.com/revoke',
    grants: ['authorization_code', 'device_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    refreshToken: { reuse: 'none' },
    quirks: {
      tokenResponse: [renamed('verification_url', 'verification_uri')],
      errors: [
        ...errorsMeaning(
          'misconfigured',
          'admin_policy_enforced',
          'deleted_client',
          'org_internal',
          'redirect_uri_mismatch',
        ),
      ],
    },
  })
}
