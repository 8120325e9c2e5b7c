import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { tokenTypes } from '@latchkey/core/provider'
import { optionsOf } from './options.ts'

/**
 * Describes eBay. The client's `redirect_uri` is the RuName that eBay shows, and not a URL. A refresh returns no refresh
 * token, and the old one stays in use for 18 months. The account is the user ID of the Identity API: request the scope
 * `https://api.ebay.com/oauth/api_scope/commerce.identity.readonly` too.
 *
 * Sources: fixtures/ebay.ts
 */
export function ebay(options: { readonly sandbox?: boolean } = {}): Provider {
  const { sandbox = false } = optionsOf('ebay', options, {}, 'sandbox')
  const domain = sandbox ? 'sandbox.ebay.com' : 'ebay.com'
  return defineProvider({
    name: sandbox ? 'ebay.sandbox' : 'ebay',
    about: {
      name: 'eBay',
      docs: 'https://developer.ebay.com/api-docs/static/oauth-authorization-code-grant.html',
      register: 'https://developer.ebay.com/my/keys',
      checked: '2026-11-29',
    },
    authorizationEndpoint: `https://auth.${domain}/oauth2/authorize`,
    tokenEndpoint: `https://api.${domain}/identity/v1/oauth2/token`,
    grants: ['authorization_code', 'client_credentials', 'refresh_token'],
    pkce: 'none',
    refreshToken: { reuse: 'none' },
    api: { origins: [`https://api.${domain}`, `https://apiz.${domain}`] },
    identity: { userinfo: `https://apiz.${domain}/commerce/identity/v1/user/`, path: 'userId' },
    quirks: { tokenResponse: [tokenTypes('User Access Token', 'Application Access Token')] },
  })
}
