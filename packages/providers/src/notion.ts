import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { nullMembers } from '@latchkey/core/provider'

/**
 * Describes Notion. Its requests are JSON, and its responses have null members. It has no scopes and no PKCE.
 *
 * https://developers.notion.com/guides/get-started/authorization, https://developers.notion.com/reference/create-a-token and
 * https://developers.notion.com/reference/refresh-a-token
 */
export function notion(): Provider {
  return defineProvider({
    name: 'notion',
    about: {
      name: 'Notion',
      docs: 'https://developers.notion.com/guides/get-started/authorization',
      register: 'https://www.notion.so/developers/connections',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://api.notion.com/v1/oauth/authorize',
    authorizationParameters: { owner: 'user' },
    tokenEndpoint: 'https://api.notion.com/v1/oauth/token',
    revocationEndpoint: 'https://api.notion.com/v1/oauth/revoke',
    introspectionEndpoint: 'https://api.notion.com/v1/oauth/introspect',
    grants: ['authorization_code', 'refresh_token'],
    tokenRequestFormat: 'json',
    pkce: 'none',
    api: { origins: ['https://api.notion.com'], headers: { 'Notion-Version': '2022-06-28' } },
    identity: 'owner.user.id',
    quirks: { tokenResponse: [nullMembers] },
  })
}
