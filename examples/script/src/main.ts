// Who am I at Imgur? Asks for a PIN the first time, and never again: `node src/main.ts`.
import { createInterface } from 'node:readline/promises'
import { Client, imgur, SignedOutError } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import '@latchkey/transport-fetch/register'

const { IMGUR_CLIENT_ID: client_id, IMGUR_CLIENT_SECRET: client_secret, IMGUR_URL } = process.env
const url = IMGUR_URL ?? 'https://api.imgur.com'
const client = new Client({
  client_id,
  client_secret,
  provider: imgur({ baseUrl: url }),
  store: new FileTokenStore(),
})

const token = await client.accessToken().catch(async error => {
  if (!(error instanceof SignedOutError)) throw error
  const auth = client.Authorize.byPIN()
  const terminal = createInterface(process.stdin, process.stdout)
  const pin = await terminal.question(`Open ${auth.url}\nPIN: `)
  terminal.close()
  return (await auth.authorize(pin)).access_token
})
const me = await fetch(`${url}/3/account/me`, { headers: { authorization: `Bearer ${token}` } })
console.log('You are', ((await me.json()) as { data: { url: string } }).data.url)
await client.close()
