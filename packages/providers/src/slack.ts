import { defineProvider } from '@latchkey/core'
import type { Provider, Tokens } from '@latchkey/core'
import { scopeCommas, tokensIn, tokenTypes, errorsMeaning } from '@latchkey/core/provider'
import { optionsOf } from './options.ts'

/**
 * Describes Slack. The tokens belong to the bot, whose account is the workspace, or with `user: true` to the user. Request
 * the user's scopes with `byCode({ parameters: { user_scope: 'users:read' } })`: if the response has tokens of both, those of
 * the user belong to the account `TEAM/user`. Only apps with token rotation receive refresh tokens. Only apps
 * that are permanently declared public use PKCE: `defineProvider({ ...slack(), pkce: 'S256' })`.
 *
 * Endpoints, `authed_user`, token types and scopes with commas: https://docs.slack.dev/authentication/installing-with-oauth
 * HTTP Basic and the errors, which come with status 200: https://docs.slack.dev/reference/methods/oauth.v2.access
 * An API also rejects a token with status 200 and one of these bodies: https://docs.slack.dev/reference/methods/auth.test
 * Refreshes: https://docs.slack.dev/authentication/using-token-rotation
 * PKCE: https://docs.slack.dev/authentication/using-pkce
 */
export function slack(options: { readonly user?: boolean } = {}): Provider {
  const { user = false } = optionsOf('slack', options, {}, 'user')
  return defineProvider({
    name: 'slack',
    about: {
      name: 'Slack',
      docs: 'https://docs.slack.dev/authentication/installing-with-oauth',
      register: 'https://api.slack.com/apps',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://slack.com/oauth/v2/authorize',
    tokenEndpoint: 'https://slack.com/api/oauth.v2.access',
    grants: ['authorization_code', 'refresh_token'],
    pkce: 'none',
    scopeSeparator: ',',
    identity: user ? identifyUser : 'team.id',
    ...(!user && { alsoTokens: { path: 'authed_user', suffix: 'user' } }),
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

/** The id of a user is unique within a workspace only. */
function identifyUser({ team, authed_user }: Tokens): string {
  return `${(team as { id: string }).id}.${(authed_user as { id: string }).id}`
}
