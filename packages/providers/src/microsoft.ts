import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorsMeaning } from '@latchkey/core/provider'
import { optionsOf, segmentOption } from './options.ts'

/**
 * Describes Microsoft Entra ID and Microsoft accounts. `tenant` is `common`, `organizations`, `consumers`, or the id or
 * domain of a tenant. Refresh tokens need the scope `offline_access`. There is no revocation endpoint (RFC 7009). The issuer
 * of a shared tenant is a template, so Latchkey cannot compare it with the issuer of a redirect.
 *
 * Endpoints, S256, and the errors after which the user must sign in again:
 * https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow
 * Errors of the device flow: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-device-code
 * The user, with the scope `User.Read`: https://learn.microsoft.com/en-us/graph/api/user-get
 *
 * @throws {TypeError} when `tenant` is no segment of a path.
 */
export function microsoft(options: { readonly tenant?: string } = {}): Provider {
  const { tenant = 'common' } = optionsOf('microsoft', options, {}, 'tenant')
  const base = `https://login.microsoftonline.com/${segmentOption('tenant', tenant)}/oauth2/v2.0`
  return defineProvider({
    name: tenant === 'common' ? 'microsoft' : `microsoft.${tenant}`,
    about: {
      name: 'Microsoft',
      docs: 'https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow',
      register: 'https://entra.microsoft.com/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: `${base}/authorize`,
    tokenEndpoint: `${base}/token`,
    deviceAuthorizationEndpoint: `${base}/devicecode`,
    clientAuthentication: 'client_secret_post',
    offline: { scope: 'offline_access' },
    api: { origins: ['https://graph.microsoft.com'] },
    identity: { userinfo: 'https://graph.microsoft.com/v1.0/me', path: 'id' },
    quirks: {
      errors: [
        ...errorsMeaning(
          'reauth',
          'consent_required',
          'interaction_required',
          'login_required',
          'bad_verification_code',
        ),
        ...errorsMeaning('declined', 'authorization_declined'),
      ],
    },
  })
}
