import { defineProvider } from '@latchkey/core'
import type { Provider } from '@latchkey/core'
import { errorsMeaning, renamed, scopeCommas, tokenTypeMissing, without } from '@latchkey/core/provider'

/**
 * Describes WeChat's sign-in for websites. It calls the client id `appid` and the secret `secret`, requests tokens with GET,
 * and refreshes at another endpoint. Its APIs take the access token in the query only, which RFC 6750 section 2.3 advises
 * against, so `authorizedFetch` does not support them: use `client.accessToken()`.
 *
 * Sources: fixtures/wechat.ts
 */
export function wechat(): Provider {
  return defineProvider({
    name: 'wechat',
    about: {
      name: 'WeChat',
      docs: 'https://developers.weixin.qq.com/doc/oplatform/en/Website_App/WeChat_Login/Wechat_Login.html',
      register: 'https://open.weixin.qq.com/',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://open.weixin.qq.com/connect/qrconnect',
    authorizationFragment: 'wechat_redirect',
    tokenEndpoint: 'https://api.weixin.qq.com/sns/oauth2/access_token',
    refreshEndpoint: 'https://api.weixin.qq.com/sns/oauth2/refresh_token',
    tokenRequestFormat: 'query',
    grants: ['authorization_code', 'refresh_token'],
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    scopeSeparator: ',',
    identity: 'openid',
    quirks: {
      authorizationRequest: [renamed('client_id', 'appid')],
      tokenRequest: [
        renamed('client_id', 'appid'),
        renamed('client_secret', 'secret'),
        without('redirect_uri'),
      ],
      tokenResponse: [tokenTypeMissing, scopeCommas],
      errors: errorsMeaning('reauth', 40029, 40030),
    },
  })
}
