import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { scopeCommas, errorsMeaning } from '@latchkey/core/provider'

/**
 * Describes LinkedIn. Only partners receive refresh tokens. It rejects a code verifier with `invalid_client`, and has
 * its own error codes for a user who declines.
 *
 * Endpoints, `client_secret_post`, `user_cancelled_login`, `user_cancelled_authorize`, scopes with commas:
 * https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
 * No PKCE: https://github.com/nextauthjs/next-auth/issues/8831
 * Refreshes: https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
 */
export function linkedin(): Provider {
  return defineProvider({
    name: 'linkedin',
    authorizationEndpoint: 'https://www.linkedin.com/oauth/v2/authorization',
    tokenEndpoint: 'https://www.linkedin.com/oauth/v2/accessToken',
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    api: { origins: ['https://api.linkedin.com'] },
    quirks: {
      tokenResponse: [scopeCommas],
      errors: [...errorsMeaning('declined', 'user_cancelled_authorize', 'user_cancelled_login')],
    },
  })
}
