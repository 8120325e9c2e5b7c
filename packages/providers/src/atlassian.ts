import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { tokenTypeMissing } from '@latchkey/core/provider'

/**
 * Describes Atlassian Cloud (3LO): Jira, Confluence and others, whose APIs are below `https://api.atlassian.com/ex/`. A
 * refresh token needs the scope `offline_access`, and the account the scope `read:me`. A wrong client secret is an `access_denied`, the word of a user who
 * declined elsewhere.
 *
 * Sources: fixtures/atlassian.ts
 */
export function atlassian(): Provider {
  return defineProvider({
    name: 'atlassian',
    about: {
      name: 'Atlassian',
      docs: 'https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/',
      register: 'https://developer.atlassian.com/console/myapps/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://auth.atlassian.com/authorize',
    authorizationParameters: { audience: 'api.atlassian.com', prompt: 'consent' },
    tokenEndpoint: 'https://auth.atlassian.com/oauth/token',
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    offline: { scope: 'offline_access' },
    refreshToken: { expiresIn: 7_776_000, sliding: true, reuse: { graceMs: 600_000 } },
    api: { origins: ['https://api.atlassian.com'] },
    identity: { userinfo: 'https://api.atlassian.com/me', path: 'account_id' },
    quirks: {
      tokenResponse: [tokenTypeMissing],
      errors: [{ at: 'token', word: 'access_denied', means: 'misconfigured' }],
    },
  })
}
