import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { optionsOf } from './options.ts'

/**
 * Describes DocuSign. Refresh tokens live for 30 days; the scope `extended` renews that with every use. The host of the API is
 * the `base_uri` of an account, which `https://account.docusign.com/oauth/userinfo` lists: pass its origin to
 * `authorizedFetch`.
 *
 * Sources: fixtures/docusign.ts
 */
export function docusign(options: { readonly sandbox?: boolean } = {}): Provider {
  const { sandbox = false } = optionsOf('docusign', options, {}, 'sandbox')
  const base = sandbox ? 'https://account-d.docusign.com' : 'https://account.docusign.com'
  return defineProvider({
    name: sandbox ? 'docusign.sandbox' : 'docusign',
    about: {
      name: 'DocuSign',
      docs: 'https://developers.docusign.com/platform/auth/authcode/',
      register: 'https://admindemo.docusign.com/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: `${base}/oauth/auth`,
    tokenEndpoint: `${base}/oauth/token`,
    grants: ['authorization_code', 'refresh_token'],
    pkce: 'none',
    offline: { scope: 'extended' },
    refreshToken: { expiresIn: 2_592_000 },
    api: { origins: [base] },
    identity: { userinfo: `${base}/oauth/userinfo`, path: 'sub' },
  })
}
