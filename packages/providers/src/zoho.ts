import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorsMeaning, type Identify, userinfo } from '@latchkey/core/provider'

/** The domains of the data centers. */
const DOMAINS = [
  'zoho.com',
  'zoho.eu',
  'zoho.in',
  'zoho.com.au',
  'zoho.jp',
  'zoho.com.cn',
  'zohocloud.ca',
  'zoho.sa',
  'zoho.uk',
]

/** The origins of the APIs. */
const API = /^https:\/\/www\.zohoapis\.(com|eu|in|com\.au|jp|com\.cn|ca|sa|uk)$/

/** Returns the data center and the `ZUID` of the user, which its accounts server returns for the scope `AaaServer.profile.READ`. */
const zuid: Identify = async (tokens, context) => {
  const [, ending] = API.exec(String(tokens['api_domain'])) ?? []
  const accounts = DOMAINS.find(domain => domain === `zoho.${ending}` || domain === `zohocloud.${ending}`)
  if (accounts === undefined) return undefined
  const id = await userinfo(`https://accounts.${accounts}/oauth/user/info`, 'ZUID')(tokens, context)
  return id === undefined ? undefined : `${ending}.${id as string}`
}

/**
 * Describes Zoho. The user's data center has an accounts server and an API of its own: the redirect names the first, and
 * the token response the second. A refresh token needs `access_type=offline`, and after the first consent also
 * `prompt=consent`, which `new Client({ offline: true })` requests. An invalid refresh token is an `invalid_code`. Without the scope
 * `AaaServer.profile.READ`, pass `account` to `complete`.
 *
 * Sources: fixtures/zoho.ts
 */
export function zoho(): Provider {
  return defineProvider({
    name: 'zoho',
    about: {
      name: 'Zoho',
      docs: 'https://www.zoho.com/accounts/protocol/oauth.html',
      register: 'https://api-console.zoho.com/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://accounts.zoho.com/oauth/v2/auth',
    tokenEndpoint: 'https://accounts.zoho.com/oauth/v2/token',
    revocationEndpoint: 'https://accounts.zoho.com/oauth/v2/token/revoke',
    hosts: { from: { redirect: 'accounts-server' }, allowed: DOMAINS.map(one => `https://accounts.${one}`) },
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    scopeSeparator: ',',
    offline: { parameters: { access_type: 'offline', prompt: 'consent' } },
    refreshToken: { reuse: 'none' },
    api: {
      origins: ({ api_domain }) => api_domain,
      originPattern: API,
      scheme: 'Zoho-oauthtoken',
    },
    identity: zuid,
    quirks: { errors: errorsMeaning('reauth', 'invalid_code') },
  })
}
