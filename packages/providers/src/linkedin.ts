import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorsMeaning, scopeCommas, tokenTypeMissing } from '@latchkey/core/provider'

/**
 * Describes LinkedIn. Only partners receive refresh tokens. It rejects a code verifier with `invalid_client`, and has
 * its own error codes for a user who declines.
 *
 * Endpoints, `client_secret_post`, `user_cancelled_login`, `user_cancelled_authorize`, scopes with commas:
 * https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
 * No PKCE: https://github.com/nextauthjs/next-auth/issues/8831
 * The user, with the scope `openid`:
 * https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
 * Refreshes: https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
 */
export function linkedin(): Provider {
  return defineProvider({
    name: 'linkedin',
    about: {
      name: 'LinkedIn',
      docs: 'https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow',
      register: 'https://www.linkedin.com/developers/apps',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://www.linkedin.com/oauth/v2/authorization',
    tokenEndpoint: 'https://www.linkedin.com/oauth/v2/accessToken',
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    refreshToken: { reuse: 'none' },
    identity: { userinfo: 'https://api.linkedin.com/v2/userinfo', path: 'sub' },
    api: { origins: ['https://api.linkedin.com'] },
    quirks: {
      tokenResponse: [tokenTypeMissing, scopeCommas],
      errors: [...errorsMeaning('declined', 'user_cancelled_authorize', 'user_cancelled_login')],
    },
  })
}
