// What the examples share: a client, and a store that all processes use. Put your provider and your database here.
import { Client, imgur } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import '@latchkey/transport-fetch/register'

const { IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET, IMGUR_URL, ORIGIN, TOKENS } = process.env

export const client: Client = new Client({
  client_id: IMGUR_CLIENT_ID,
  client_secret: IMGUR_CLIENT_SECRET,
  redirect_uri: `${ORIGIN}/auth/callback`,
  provider: imgur({ baseUrl: IMGUR_URL }),
  store: new FileTokenStore({ directory: TOKENS }),
})

/** The address of the provider's API. */
export const API: string = IMGUR_URL ?? 'https://api.imgur.com'
