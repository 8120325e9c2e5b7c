import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorAt, errorsMeaning } from '@latchkey/core/provider'
import { optionsOf } from './options.ts'

/**
 * Describes Facebook. It has no refresh tokens. Errors are in `error.message`. `version` is the Graph API version.
 *
 * https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
 * A rejected access token is error 190 with status 400. Its JSON comes with and without spaces, as described in
 * https://developers.facebook.com/docs/graph-api/guides/error-handling and recorded in
 * https://github.com/snarfed/bridgy/issues/59 and https://github.com/MrSwitch/hello.js/issues/548
 * The recorded error for a used code: https://github.com/laravel/socialite/issues/385
 */
export function facebook(options: { readonly version?: string } = {}): Provider {
  const { version = 'v25.0' } = optionsOf('facebook', options, {}, 'version')
  return defineProvider({
    name: 'facebook',
    about: {
      name: 'Facebook',
      docs: 'https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow',
      register: 'https://developers.facebook.com/apps/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: `https://www.facebook.com/${encodeURIComponent(version)}/dialog/oauth`,
    tokenEndpoint: `https://graph.facebook.com/${encodeURIComponent(version)}/oauth/access_token`,
    grants: ['authorization_code', 'client_credentials'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    scopeSeparator: ',',
    identity: { userinfo: `https://graph.facebook.com/${encodeURIComponent(version)}/me`, path: 'id' },
    api: { origins: ['https://graph.facebook.com'] },
    quirks: {
      tokenResponse: [errorAt(['error', 'message'], ['error', 'type'])],
      errors: [
        ...errorsMeaning('reauth', 'This authorization code has been used.'),
        ...errorsMeaning('misconfigured', 'Error validating client secret.'),
      ],
      tokenRejected: [
        { status: 401 },
        { status: 400, bodyIncludes: '"code":190,' },
        { status: 400, bodyIncludes: '"code": 190,' },
      ],
    },
  })
}
