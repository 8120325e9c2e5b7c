import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { clientSecretBasicAlways, errorAt, nullMembers, errorsMeaning } from '@latchkey/core/provider'

/**
 * Describes Reddit. The authorization request asks for a refresh token (`duration=permanent`). A client without a
 * secret also uses HTTP Basic, with an empty password. An invalid refresh token is an `invalid_request`. A wrong client
 * is a 401 without a word. Send your own `User-Agent` with every request, or Reddit limits your rate.
 *
 * https://github.com/reddit-archive/reddit/wiki/OAuth2 and, for the errors and a null `expires_in`,
 * https://github.com/reddit-archive/reddit/blob/master/r2/r2/controllers/oauth2.py
 */
export function reddit(): Provider {
  return defineProvider({
    name: 'reddit',
    about: {
      name: 'Reddit',
      docs: 'https://github.com/reddit-archive/reddit/wiki/OAuth2',
      register: 'https://www.reddit.com/prefs/apps',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://www.reddit.com/api/v1/authorize',
    offline: { parameters: { duration: 'permanent' } },
    tokenEndpoint: 'https://www.reddit.com/api/v1/access_token',
    revocationEndpoint: 'https://www.reddit.com/api/v1/revoke_token',
    clientAuthentication: clientSecretBasicAlways,
    pkce: 'none',
    api: { origins: ['https://oauth.reddit.com'] },
    identity: { userinfo: 'https://oauth.reddit.com/api/v1/me', path: 'id' },
    refreshToken: { reuse: 'none' },
    quirks: {
      tokenResponse: [nullMembers, errorAt(['error'], ['error_description'], ['message'])],
      errors: [
        ...errorsMeaning('reauth', 'invalid_request'),
        { at: 'token', status: 401, means: 'misconfigured' },
      ],
    },
  })
}
