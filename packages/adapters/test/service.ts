// An API and its authorization server in one: tokens rotate strictly, and the API accepts the newest only.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from '@jest/globals'
import { Client, defineProvider, type Tokens } from '@latchkey/core'
import type { Quirks } from '@latchkey/core/provider'
import '@latchkey/transport-fetch/register'

/** A request that the API received. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface Service {
  readonly origin: string
  /** The requests to the API that it accepted. */
  readonly accepted: readonly Received[]
  /** How many requests the API rejected. */
  readonly rejected: number
  /** How many refreshes there were. */
  readonly refreshes: number
  /** Ends the current access token early. */
  endToken(): void
  /** Returns a client that is signed in. */
  client(): Promise<Client>
  /** Returns a client that is signed in, and whose access token has expired. */
  expiredClient(): Promise<Client>
}

const open: { close(): void }[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

/** Starts a server on 127.0.0.1 until the test ends; returns its origin. */
export async function serve(listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener)
  open.push({ close: () => (server.close(), server.closeAllConnections()) })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/**
 * Starts the service. `respond` is its API; by default it responds with an empty object. `reject` writes the body of the
 * response to a token that has ended, and `quirks` say how to recognize it; by default its status 401 is enough.
 */
export async function startService(
  respond: (request: Received, response: http.ServerResponse) => void = (_, response) =>
    response.setHeader('content-type', 'application/json').end('{}'),
  reject: (response: http.ServerResponse) => void = response => response.end('{"message":"Bad credentials"}'),
  quirks: Quirks = {},
): Promise<Service> {
  const accepted: Received[] = []
  let [rejected, refreshes, isEnded] = [0, 0, false]
  const origin = await serve(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const { method = '', url: path = '', headers } = request
    if (path === '/token') {
      const isNewest = new URLSearchParams(body).get('refresh_token') === `refresh-${refreshes}`
      if (!isNewest) return void response.writeHead(400).end('{"error":"invalid_grant"}')
      refreshes++
      isEnded = false
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({
          access_token: `access-${refreshes}`,
          refresh_token: `refresh-${refreshes}`,
          token_type: 'Bearer',
          expires_in: 3600,
        }),
      )
    } else if (isEnded || headers.authorization?.replace(/^\w+ /, '') !== `access-${refreshes}`) {
      rejected++
      reject(response.writeHead(401, { 'content-type': 'application/json' }))
    } else {
      const received = { method, path, headers, body }
      accepted.push(received)
      respond(received, response)
    }
  })
  const provider = defineProvider({
    name: 'service',
    tokenEndpoint: `${origin}/token`,
    grants: ['refresh_token'],
    api: { origins: [origin] },
    quirks,
  })
  const signedIn = async (tokens: Partial<Tokens>): Promise<Client> => {
    const client = new Client({ client_id: 'client', provider })
    await client.import({ ...tokens, refresh_token: 'refresh-0' })
    return client
  }
  return {
    origin,
    accepted,
    get rejected() {
      return rejected
    },
    get refreshes() {
      return refreshes
    },
    endToken: () => (isEnded = true),
    client: () => signedIn({ access_token: 'access-0', expires_in: 3600 }),
    expiredClient: () => signedIn({ access_token: 'access-old', expires_at: Date.now() - 1_000 }),
  }
}

/** Calls `work` a hundred times at once. */
export const hundred = <T>(work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: 100 }, (_, index) => work(index)))
