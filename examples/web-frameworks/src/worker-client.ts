// The client of the worker, with tokens in Durable Objects. Put your provider here.
import { Client, imgur } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { durableObjectStore } from './durable-objects.ts'

export type Env = Readonly<Record<string, string>> & { TOKENS: Parameters<typeof durableObjectStore>[0] }

export const clientOf = ({ TOKENS, ...env }: Env): Client =>
  new Client({
    client_id: env['IMGUR_CLIENT_ID'],
    client_secret: env['IMGUR_CLIENT_SECRET'],
    redirect_uri: `${env['ORIGIN']}/auth/callback`,
    provider: imgur({ baseUrl: env['IMGUR_URL'] }),
    transport: fetchTransport(),
    store: durableObjectStore(TOKENS),
  })

/** Returns the address of the provider's API. */
export const apiOf = (env: Env): string => env['IMGUR_URL'] ?? 'https://api.imgur.com'
