import { defineProvider, type Provider } from '@latchkey/core'

/** Describes a server that has commas between scopes, but the description has spaces. It has no `about`. */
export function wrong(): Provider {
  return defineProvider({
    name: 'wrong',
    authorizationEndpoint: 'https://wrong.example/authorize',
    tokenEndpoint: 'https://wrong.example/token',
    revocationEndpoint: 'https://wrong.example/revoke',
    grants: ['authorization_code', 'refresh_token'],
    api: { origins: ['https://wrong.example'] },
  })
}
