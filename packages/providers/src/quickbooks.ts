import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { optionsOf } from './options.ts'

/**
 * Describes Intuit QuickBooks. The redirect names the company, `realmId`, which every API URL contains: see
 * `client.redirect()`. Anybody can change a redirect, so it does not identify the account: pass `account`. An `id_token` does
 * not identify it: its `sub` names the user, who can connect several companies, each with tokens of its own.
 *
 * Sources: fixtures/quickbooks.ts
 */
export function quickbooks(options: { readonly sandbox?: boolean } = {}): Provider {
  const { sandbox = false } = optionsOf('quickbooks', options, {}, 'sandbox')
  const host = sandbox ? 'sandbox-quickbooks.api.intuit.com' : 'quickbooks.api.intuit.com'
  return defineProvider({
    name: sandbox ? 'quickbooks.sandbox' : 'quickbooks',
    about: {
      name: 'Intuit QuickBooks',
      docs: 'https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0',
      register: 'https://developer.intuit.com/app/developer/dashboard',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://appcenter.intuit.com/connect/oauth2',
    tokenEndpoint: 'https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer',
    revocationEndpoint: 'https://developer.api.intuit.com/v2/oauth2/tokens/revoke',
    grants: ['authorization_code', 'refresh_token'],
    pkce: 'none',
    refreshToken: { reuse: { graceMs: 86_400_000 } },
    api: { origins: [`https://${host}`] },
  })
}
