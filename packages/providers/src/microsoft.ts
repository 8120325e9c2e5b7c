import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Microsoft Entra ID and Microsoft accounts. `tenant` is `common`, `organizations`, `consumers`, or a tenant's id
 * or domain. Refresh tokens need the scope `offline_access`. It has no revocation endpoint of RFC 7009, and what
 * it names as issuer of a shared tenant is a template, which no redirect can be held to.
 *
 * Endpoints, S256, and the errors of a grant that the person must renew:
 * https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow
 * Errors of the device flow: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-device-code
 */
export function microsoft({ tenant = 'common' }: { readonly tenant?: string } = {}): Provider {
  const base = `https://login.microsoftonline.com/${encodeURIComponent(tenant)}/oauth2/v2.0`
  return defineProvider({
    name: tenant === 'common' ? 'microsoft' : `microsoft.${tenant}`,
    authorizationEndpoint: `${base}/authorize`,
    tokenEndpoint: `${base}/token`,
    deviceAuthorizationEndpoint: `${base}/devicecode`,
    clientAuthentication: 'client_secret_post',
    apiOrigins: ['https://graph.microsoft.com'],
    quirks: {
      errorCodes: {
        consent_required: 'invalid_grant',
        interaction_required: 'invalid_grant',
        login_required: 'invalid_grant',
        bad_verification_code: 'invalid_grant',
        authorization_declined: 'access_denied',
      },
    },
  })
}
