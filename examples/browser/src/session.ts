// Who is signed in to this page, in all of its tabs.
import { Client, imgur, type Tokens } from '@latchkey/core'
import { BrowserTokenStore } from '@latchkey/storage-browser'
import { authorizedFetch } from '@latchkey/transport-fetch'
import '@latchkey/transport-fetch/register'

// There is no client secret, and there must be none: everybody can read what is in a page.
const { VITE_IMGUR_CLIENT_ID: client_id, VITE_IMGUR_URL: baseUrl } = import.meta.env
const options = { client_id, provider: imgur({ baseUrl }), requireState: true }

/** Gets tokens, and forgets them with this page. */
export const newcomer = new Client(options)

/** Keeps them, for all tabs. */
export const client = new Client({ ...options, store: new BrowserTokenStore({ name: 'pictures' }) })

/** Calls Imgur's API, `/3/...`. */
export const api = (path: string, init?: RequestInit): Promise<Response> =>
  authorizedFetch(client)(`${client.provider.apiOrigins![0]}${path}`, init)

const tabs = new BroadcastChannel('pictures')

/** Calls `listener` when another tab signed in or out. */
export const onChange = (listener: () => void): void => tabs.addEventListener('message', listener)

/** Signs in, everywhere. A refresh token is left out: without a secret it is of no use but to a thief. */
export async function keep({ refresh_token: _, ...tokens }: Tokens): Promise<void> {
  await client.import(tokens)
  tabs.postMessage('signed in')
}

/** Signs out, everywhere. */
export async function signOut(): Promise<void> {
  await client.signOut()
  tabs.postMessage('signed out')
}
