import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorsMeaning, scopeCommas, tokenTypeMissing } from '@latchkey/core/provider'
import { hasValidHmac } from './shopify-hmac.ts'
import { labelOption, optionsOf } from './options.ts'

/**
 * Describes one shop at Shopify: `shopify({ shop: 'example' })` for `example.myshopify.com`. Each shop is a server of its
 * own, with one account. The tokens are expiring offline tokens. The token is sent as `X-Shopify-Access-Token`. Redirects are
 * signed, and the signature is checked with the client secret.
 *
 * Sources: fixtures/shopify.ts
 *
 * @throws {TypeError} when `shop` is not a name of letters, digits and hyphens.
 */
export function shopify(options: { readonly shop: string }): Provider {
  const { shop } = optionsOf('shopify', options, { shop: ['the name of a shop', 'example'] })
  const name = labelOption('shop', shop)
  const origin = `https://${name}.myshopify.com`
  return defineProvider({
    name: `shopify.${name}`,
    about: {
      name: 'Shopify',
      docs: 'https://shopify.dev/docs/apps/build/authentication-authorization',
      register: 'https://dev.shopify.com/dashboard/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: `${origin}/admin/oauth/authorize`,
    tokenEndpoint: `${origin}/admin/oauth/access_token`,
    tokenParameters: { expiring: '1' },
    refreshParameters: { expiring: null },
    verifyRedirect: hasValidHmac,
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    scopeSeparator: ',',
    api: {
      origins: [origin],
      scheme: null,
      headers: { 'X-Shopify-Access-Token': '{access_token}' },
    },
    identity: () => name,
    quirks: {
      tokenResponse: [tokenTypeMissing, scopeCommas],
      errors: errorsMeaning('reauth', 'This request requires an active refresh_token'),
    },
  })
}
