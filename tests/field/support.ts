// Cases from the field: public reports and real servers, replayed over real HTTP. Each names its source.
import { afterAll, test } from '@jest/globals'
import { Client, type ClientOptions, defineProvider, type ProviderDescription } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { hastyClock } from '../support.ts'
import { type OddServer, startOddServer } from '../servers/odd-server.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

let cases = 0
let neighbours = 0

/** A case that somebody reported. */
export function field(source: string, title: string, run: () => Promise<void>): void {
  cases++
  test(`${source}: ${title}`, run)
}

/** A case of the same kind that nobody reported. */
export function neighbour(title: string, run: () => Promise<void>): void {
  neighbours++
  test(`neighbour: ${title}`, run)
}

afterAll(() => void process.stdout.write(`field cases: ${cases} reported, ${neighbours} neighbours\n`))

/** Starts an authorization server for one test file. */
export async function startServer(): Promise<OddServer> {
  const server = await startOddServer()
  afterAll(() => server.close())
  return server
}

/** A client in virtual time of a server whose responses the test gives. */
export function clientOf(
  server: OddServer,
  options: ClientOptions = {},
  description: Partial<ProviderDescription> = {},
) {
  const clock = hastyClock(Date.UTC(2026, 6, 1))
  const provider = defineProvider({
    name: `as${server.url.slice(-5)}`,
    authorizationEndpoint: `${server.url}/authorize`,
    tokenEndpoint: `${server.url}/token`,
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
    ...description,
  })
  const client = new Client({
    client_id: 'id',
    client_secret: 'shh',
    redirect_uri: 'https://app.example/callback',
    provider,
    clock,
    transport: fetchTransport(),
    logger: { warn() {} },
    ...options,
  })
  return Object.assign(client, { at: clock })
}

/** Tokens whose access token has ended and whose refresh token is there. */
export const EXPIRED = { access_token: 'A0', refresh_token: 'R0', expires_in: 0 }

/** A token response. */
export const granted = (suffix: string | number, more: object = {}) => ({
  body: { access_token: `A${suffix}`, token_type: 'Bearer', expires_in: 3600, ...more },
})

/** The outcome of a promise: its value, or what its error says. */
export async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work
  } catch (error) {
    const { code, kind, message, inDoubt } = error as Record<string, unknown>
    return { code, kind, message, inDoubt }
  }
}
