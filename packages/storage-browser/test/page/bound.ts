// A client in this tab whose tokens are bound to a key that cannot be exported.
import { Client, dpop, imgur } from '@latchkey/core'
import { BrowserDpopKeys, BrowserTokenStore } from '@latchkey/storage-browser'
import { authorizedFetch, fetchTransport } from '@latchkey/transport-fetch'
import { type Asked, clock } from './keeping.ts'

let client: Client
let pending: ReturnType<Client['Authorize']['byCode']>

/** Creates the client, and returns the address that signs it in. */
export function bind(baseUrl: string, credentials: { client_id: string; client_secret: string }): string {
  client = new Client({
    ...credentials,
    provider: imgur({ baseUrl }),
    transport: fetchTransport(),
    store: new BrowserTokenStore({ name: 'bound' }),
    dpop: dpop({ keys: new BrowserDpopKeys({ name: 'bound-keys' }) }),
    clock,
  })
  pending = client.Authorize.byCode()
  return pending.url
}

/** Completes the sign-in. */
export async function finishBound(redirect: string): Promise<void> {
  await pending.authorize(redirect)
}

/** Starts `callers` calls for a token at once. */
export async function askBound(callers: number): Promise<Asked> {
  const ends = await Promise.allSettled(Array.from({ length: callers }, () => client.accessToken()))
  return {
    tokens: ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : [])),
    failures: ends.flatMap(end => (end.status === 'rejected' ? [String(end.reason)] : [])),
  }
}

/** Returns the status of a request to the API. */
export async function callApi(url: string): Promise<number> {
  return (await authorizedFetch(client)(url)).status
}

export async function signOutBound(): Promise<void> {
  await client.signOut()
}
