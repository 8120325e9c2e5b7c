import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { scopeCommas, tokensIn, tokenTypes, errorsMeaning } from '@latchkey/core/provider'

/**
 * Describes Slack. The tokens belong to the bot, or with `user: true` to the user. Request the user's scopes as
 * `user_scope` in the query of `authorizationEndpoint`. Only apps with token rotation receive refresh tokens. Only apps
 * that are permanently declared public use PKCE: `defineProvider({ ...slack(), pkce: 'S256' })`.
 *
 * Endpoints, `authed_user`, token types and scopes with commas: https://docs.slack.dev/authentication/installing-with-oauth
 * HTTP Basic and the errors, which come with status 200: https://docs.slack.dev/reference/methods/oauth.v2.access
 * An API also rejects a token with status 200 and one of these bodies: https://docs.slack.dev/reference/methods/auth.test
 * Refreshes: https://docs.slack.dev/authentication/using-token-rotation
 * PKCE: https://docs.slack.dev/authentication/using-pkce
 */
export function slack({ user = false }: { readonly user?: boolean } = {}): Provider {
  return defineProvider({
    name: 'slack',
    authorizationEndpoint: 'https://slack.com/oauth/v2/authorize',
    tokenEndpoint: 'https://slack.com/api/oauth.v2.access',
    grants: ['authorization_code', 'refresh_token'],
    pkce: 'none',
    api: { origins: ['https://slack.com'] },
    quirks: {
      tokenResponse: [...(user ? [tokensIn('authed_user')] : []), scopeCommas, tokenTypes('bot', 'user')],
      errors: [
        ...errorsMeaning(
          'reauth',
          'code_already_used',
          'code_expired',
          'invalid_code',
          'invalid_refresh_token',
          'token_revoked',
        ),
        ...errorsMeaning('misconfigured', 'bad_client_secret', 'bad_redirect_uri', 'no_scopes'),
        ...errorsMeaning('transient', 'internal_error', 'fatal_error', 'ratelimited'),
      ],
      tokenRejected: [
        { status: 401 },
        ...['token_expired', 'token_revoked', 'invalid_auth'].map(error => ({
          status: 200,
          bodyIncludes: `{"ok":false,"error":"${error}"`,
        })),
      ],
    },
  })
}
