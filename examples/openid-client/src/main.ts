// openid-client obtains the tokens and Latchkey keeps them. After one sign-in, any number of callers in any number of
// processes share a valid token, with one refresh when it expires.
import { keepTokens, type Tokens } from '@latchkey/core'
import { startReceiver } from '@latchkey/receivers/node'
import { FileTokenStore } from '@latchkey/storage-fs'
import * as client from 'openid-client'

const { ISSUER = '', CLIENT_ID = '', CLIENT_SECRET, SCOPE = 'openid' } = process.env
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: ISSUER.startsWith('http://127.0.0.1:') ? [client.allowInsecureRequests] : [],
  timeout: 10,
})

const kept = keepTokens({
  store: new FileTokenStore(),
  key: `${ISSUER} ${CLIENT_ID}`,
  refresh: refresh_token => client.refreshTokenGrant(config, refresh_token),
})
kept.on('refresh-started', () => console.log('Refreshing'))

if ((await kept.status()).status !== 'live') await kept.import(await signIn())

const callers = Array.from({ length: 20 }, async () =>
  client.fetchUserInfo(config, await kept.accessToken(), client.skipSubjectCheck),
)
const [me] = await Promise.all(callers)
console.log(`${callers.length} concurrent requests: you are ${me!.sub}`)
await kept.close()

/** Sends the user to the authorization server. Resolves to the tokens for the returned code. */
async function signIn(): Promise<Tokens> {
  const receiver = await startReceiver()
  const [state, pkceCodeVerifier] = [client.randomState(), client.randomPKCECodeVerifier()]
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: receiver.redirect_uri,
    scope: SCOPE,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  console.log('Open', url.href)
  const received = receiver.receive({
    state,
    authorize: redirect =>
      client.authorizationCodeGrant(config, new URL(redirect), { pkceCodeVerifier, expectedState: state }),
  })
  return await received.finally(() => receiver.close())
}
