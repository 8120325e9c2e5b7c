// A process of a web server that gets a redirect: `complete.ts DIRECTORY BASE_URL CLIENT REDIRECT BINDING`.
import { Client, imgur } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { fetchTransport } from '@latchkey/transport-fetch'

const [directory = '', baseUrl = '', credentials = '', redirect = '', binding = ''] = process.argv.slice(2)
await using client = new Client({
  ...(JSON.parse(credentials) as { client_id: string; client_secret: string }),
  provider: imgur({ baseUrl }),
  transport: fetchTransport(),
  store: new FileTokenStore({ directory }),
})
const outcome = await client.Authorize.complete(redirect, {
  binding,
  account: tokens => tokens.account_username as string,
}).then(
  ({ account, appState }) => ({ account, appState }),
  ({ code }: { code?: string }) => ({ code }),
)
process.stdout.write(JSON.stringify(outcome))
