// One process of the web server. You can start several: `PORT=3001 npm start`.
import { Client, imgur } from '@latchkey/core'
import { RedisTokenStore } from '@latchkey/storage-redis'
import '@latchkey/transport-fetch/register'
import { webServer } from './app.ts'
import { Sessions } from './sessions.ts'

const { IMGUR_CLIENT_ID: client_id, IMGUR_CLIENT_SECRET: client_secret } = process.env
const { IMGUR_URL: baseUrl, REDIS_URL = 'redis://127.0.0.1:6379', PORT = '3000' } = process.env

await using sessions = new Sessions(REDIS_URL)
await using client = new Client({
  client_id,
  client_secret,
  provider: imgur({ baseUrl }),
  store: new RedisTokenStore({ url: REDIS_URL }),
})
await using app = webServer(client, sessions)
const stopped = new Promise(resolve => ['SIGINT', 'SIGTERM'].forEach(signal => process.once(signal, resolve)))
console.log('Open', await app.listen({ host: '127.0.0.1', port: Number(PORT) }))
await stopped // then disposal completes pending responses and refreshes
