// One process of the web server. You can start several: `PORT=3001 npm start`.
import { Client, discover, imgur } from '@latchkey/core'
import { SqlTokenStore } from '@latchkey/storage-sql'
import { fromPg } from '@latchkey/storage-sql/pg'
import '@latchkey/transport-fetch/register'
import { signInRoutes } from '@latchkey/web'
import pg from 'pg'
import { webServer } from './app.ts'

const { env } = process
const { PORT = '3000', ORIGIN = `http://localhost:${PORT}` } = env

const pool = new pg.Pool({ connectionString: env['DATABASE_URL'] })
const store = new SqlTokenStore(fromPg(pool))
await store.migrate()

const clients = {
  imgur: new Client({
    client_id: env['IMGUR_CLIENT_ID'],
    client_secret: env['IMGUR_CLIENT_SECRET'],
    redirect_uri: `${ORIGIN}/auth/imgur/callback`,
    provider: imgur({ baseUrl: env['IMGUR_URL'] }),
    store,
  }),
  openid: new Client({
    client_id: env['OPENID_CLIENT_ID'],
    client_secret: env['OPENID_CLIENT_SECRET'],
    redirect_uri: `${ORIGIN}/auth/openid/callback`,
    scope: 'openid',
    provider: await discover(env['OPENID_ISSUER'] ?? '', { identity: 'id_token.sub' }),
    store,
  }),
}
const auth = signInRoutes(clients, { secret: env['SECRET'] ?? '', development: ORIGIN.startsWith('http:') })
const app = webServer(auth)
const stopped = new Promise(resolve => ['SIGINT', 'SIGTERM'].forEach(signal => process.once(signal, resolve)))
console.log('Open', await app.listen({ host: '127.0.0.1', port: Number(PORT) }))
await stopped
await app.close() // completes pending responses
await clients.imgur.close() // completes refreshes, and closes the store that both share
await pool.end()
