import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'

/**
 * Describes Kakao. A refresh returns another refresh token only in the last month of the old one.
 *
 * Sources: fixtures/kakao.ts
 */
export function kakao(): Provider {
  return defineProvider({
    name: 'kakao',
    about: {
      name: 'Kakao',
      docs: 'https://developers.kakao.com/docs/latest/en/kakaologin/rest-api',
      register: 'https://developers.kakao.com/console/app',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://kauth.kakao.com/oauth/authorize',
    tokenEndpoint: 'https://kauth.kakao.com/oauth/token',
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    api: { origins: ['https://kapi.kakao.com'] },
    identity: { userinfo: 'https://kapi.kakao.com/v2/user/me', path: 'id' },
  })
}
