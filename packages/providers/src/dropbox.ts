import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Dropbox. The authorization request asks for a refresh token (`token_access_type=offline`). Dropbox has its
 * own API call to revoke tokens, and does not support RFC 7009.
 *
 * Endpoints, HTTP Basic, S256: https://www.dropbox.com/developers/documentation/http/documentation#oauth2-authorize
 * Refresh tokens: https://developers.dropbox.com/oauth-guide
 * The user is a member of the token response:
 * https://www.dropbox.com/developers/documentation/http/documentation#oauth2-token
 */
export function dropbox(): Provider {
  return defineProvider({
    name: 'dropbox',
    about: {
      name: 'Dropbox',
      docs: 'https://developers.dropbox.com/oauth-guide',
      register: 'https://www.dropbox.com/developers/apps',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://www.dropbox.com/oauth2/authorize',
    offline: { parameters: { token_access_type: 'offline' } },
    tokenEndpoint: 'https://api.dropboxapi.com/oauth2/token',
    grants: ['authorization_code', 'refresh_token'],
    api: { origins: ['https://api.dropboxapi.com', 'https://content.dropboxapi.com'] },
    refreshToken: { reuse: 'none' },
    identity: 'account_id',
  })
}
