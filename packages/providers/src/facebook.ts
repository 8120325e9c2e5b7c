import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorAt } from '@latchkey/core/provider'

/**
 * Facebook. It has no refresh tokens; what is wrong stands in `error.message`. `version` is that of the Graph API.
 *
 * https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
 * An access token that is refused is error 190, with status 400 and its JSON in either spelling, as described in
 * https://developers.facebook.com/docs/graph-api/guides/error-handling and recorded in
 * https://github.com/snarfed/bridgy/issues/59 and https://github.com/MrSwitch/hello.js/issues/548
 * What it says of a spent code, as recorded: https://github.com/laravel/socialite/issues/385
 */
export function facebook({ version = 'v25.0' }: { readonly version?: string } = {}): Provider {
  return defineProvider({
    name: 'facebook',
    authorizationEndpoint: `https://www.facebook.com/${encodeURIComponent(version)}/dialog/oauth`,
    tokenEndpoint: `https://graph.facebook.com/${encodeURIComponent(version)}/oauth/access_token`,
    grants: ['authorization_code', 'client_credentials'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    apiOrigins: ['https://graph.facebook.com'],
    quirks: {
      tokenResponse: [errorAt(['error', 'message'], ['error', 'type'])],
      errorCodes: { 'This authorization code has been used.': 'invalid_grant' },
      tokenRejected: [
        { status: 401 },
        { status: 400, bodyIncludes: '"code":190,' },
        { status: 400, bodyIncludes: '"code": 190,' },
      ],
    },
  })
}
