import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Xero. A refresh token needs the scope `offline_access`. Most of its APIs need a header `Xero-Tenant-Id`, with an
 * id from `https://api.xero.com/connections`: add it to your requests.
 *
 * Sources: fixtures/xero.ts
 */
export function xero(): Provider {
  return defineProvider({
    name: 'xero',
    about: {
      name: 'Xero',
      docs: 'https://developer.xero.com/documentation/guides/oauth2/auth-flow',
      register: 'https://developer.xero.com/app/manage',
      checked: '2026-11-29',
    },
    issuer: 'https://identity.xero.com',
    authorizationEndpoint: 'https://login.xero.com/identity/connect/authorize',
    tokenEndpoint: 'https://identity.xero.com/connect/token',
    revocationEndpoint: 'https://identity.xero.com/connect/revocation',
    grants: ['authorization_code', 'refresh_token'],
    offline: { scope: 'offline_access' },
    refreshToken: { expiresIn: 5_184_000, sliding: true, reuse: { graceMs: 1_800_000 } },
    api: { origins: ['https://api.xero.com'] },
    identity: 'id_token.sub',
  })
}
