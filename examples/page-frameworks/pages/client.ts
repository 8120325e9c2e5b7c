// What the page knows of its user: a client without a secret, and tokens that all tabs share. Put your server here.
import { Client, discover } from '@latchkey/core'
import { finishSignIn, signInByRedirect } from '@latchkey/receivers/browser'
import { BrowserTokenStore } from '@latchkey/storage-browser'
import { authorizedFetch } from '@latchkey/transport-fetch'
import '@latchkey/transport-fetch/register'

const { VITE_ISSUER: issuer, VITE_CLIENT_ID: client_id } = import.meta.env
const provider = await discover(issuer)

export const client = new Client({
  client_id, // there is no secret: anyone can read a page
  redirect_uri: location.origin + location.pathname,
  scope: 'openid',
  provider,
  store: new BrowserTokenStore({ name: 'my-app' }),
})

export const signIn = (): void => signInByRedirect(client.Authorize.byCode())

/** Why the sign-in failed that the user comes back from, or ''. */
export const problem: string = await finishSignIn(client).then(
  () => '',
  (error: Error) => error.message,
)

/** Calls an API with the user's token. Tokens go to the origins that you name here, and to no other. */
export const api = authorizedFetch(client, { origins: [new URL(issuer).origin] })

/** Asks the server who the user is (OpenID Connect Core 5.3). */
export async function nameOf(): Promise<string> {
  const response = await api(provider.userinfoEndpoint!)
  return ((await response.json()) as { sub: string }).sub
}
