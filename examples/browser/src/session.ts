// The user's session, shared by all tabs of this page.
import { Client, imgur, type Tokens } from '@latchkey/core'
import { BrowserTokenStore } from '@latchkey/storage-browser'
import { authorizedFetch } from '@latchkey/transport-fetch'
import '@latchkey/transport-fetch/register'

// There must be no client secret: anyone can read the source of a page.
const { VITE_IMGUR_CLIENT_ID: client_id, VITE_IMGUR_URL: baseUrl } = import.meta.env
const options = { client_id, provider: imgur({ baseUrl }), requireState: true }

/** Obtains tokens and keeps them in the memory of this page. */
export const signInClient = new Client(options)

/** Stores tokens for all tabs. */
export const client = new Client({ ...options, store: new BrowserTokenStore({ name: 'pictures' }) })

/** Calls Imgur's API, `/3/...`. */
export const api = (path: string, init?: RequestInit): Promise<Response> =>
  authorizedFetch(client)(`${new URL(client.provider.tokenEndpoint).origin}${path}`, init)

/** Calls `listener` when this tab or another one has signed in or out. */
export function onChange(listener: () => void): void {
  let before = client.snapshot()
  client.subscribe(() => {
    const now = client.snapshot() // the same object until something changes
    if (now === before) return
    before = now
    listener()
  })
}

/** Signs in, in all tabs. Does not store the refresh token, which only an attacker can use without a secret. */
export async function saveTokens({ refresh_token: _, ...tokens }: Tokens): Promise<void> {
  await client.import(tokens)
}
