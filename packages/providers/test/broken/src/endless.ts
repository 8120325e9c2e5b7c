import { defineProvider, type Provider } from '@latchkey/core'

/**
 * Describes a server whose response to a refresh token that has ended is not described, so that Latchkey retries.
 *
 * Sources: fixtures/endless.ts
 */
export function endless(): Provider {
  return defineProvider({
    name: 'endless',
    about: {
      name: 'Endless',
      docs: 'https://endless.example/docs',
      register: 'https://endless.example/apps',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://endless.example/authorize',
    tokenEndpoint: 'https://endless.example/token',
    grants: ['authorization_code', 'refresh_token'],
    api: { origins: ['https://endless.example'] },
  })
}
