import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Discord. Every redirect carries `iss`.
 *
 * Source: https://discord.com/.well-known/oauth-authorization-server
 */
export function discord(): Provider {
  return defineProvider({
    name: 'discord',
    issuer: 'https://discord.com',
    issParameter: true,
    authorizationEndpoint: 'https://discord.com/api/oauth2/authorize',
    tokenEndpoint: 'https://discord.com/api/oauth2/token',
    revocationEndpoint: 'https://discord.com/api/oauth2/token/revoke',
    api: { origins: ['https://discord.com'] },
  })
}
