import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Discord.
 *
 * Source: https://discord.com/.well-known/oauth-authorization-server
 * The user, with the scope `identify`: https://discord.com/developers/docs/resources/user#get-current-user
 */
export function discord(): Provider {
  return defineProvider({
    name: 'discord',
    about: {
      name: 'Discord',
      docs: 'https://discord.com/developers/docs/topics/oauth2',
      register: 'https://discord.com/developers/applications',
      checked: '2026-11-29',
    },
    issuer: 'https://discord.com',
    authorizationEndpoint: 'https://discord.com/api/oauth2/authorize',
    tokenEndpoint: 'https://discord.com/api/oauth2/token',
    revocationEndpoint: 'https://discord.com/api/oauth2/token/revoke',
    identity: { userinfo: 'https://discord.com/api/users/@me', path: 'id' },
    api: { origins: ['https://discord.com'] },
  })
}
