// Prints your Imgur account. Prompts for a PIN the first time only.
import { createInterface } from 'node:readline/promises'
import { Client, imgur } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { authorizedFetch } from '@latchkey/transport-fetch'
import '@latchkey/transport-fetch/register'

const { IMGUR_CLIENT_ID: client_id, IMGUR_CLIENT_SECRET: client_secret, IMGUR_URL: baseUrl } = process.env
const store = new FileTokenStore()
const client = new Client({ client_id, client_secret, store, provider: imgur({ baseUrl }) })

if ((await client.status()).status !== 'live') {
  const [auth, terminal] = [client.Authorize.byPIN(), createInterface(process.stdin, process.stdout)]
  await auth.authorize(await terminal.question(`Open ${auth.url}\nPIN: `))
  terminal.close()
}
const response = await authorizedFetch(client)(new URL('/3/account/me', client.provider.tokenEndpoint))
console.log('You are', ((await response.json()) as { data: { url: string } }).data.url)
