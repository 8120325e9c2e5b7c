import { fork } from 'node:child_process'
import { once } from 'node:events'
import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import { Client, imgur } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { HOUR_MS } from '../contender.ts'
import { ratioText, table } from '../markdown.ts'
import { type Contenders, type Ratios, ratiosOf } from '../ratios.ts'
import type { Section } from '../section.ts'

const TOKEN = 'the-token'
const CONCURRENCIES = [1, 50]

type Request = (url: string) => Promise<Response>

/** What sends a request with a token that is good for an hour. */
export async function requestsTo(origin: string): Promise<Readonly<Record<string, Request>>> {
  const client = new Client({ client_id: 'id', provider: imgur({ baseUrl: origin }) })
  await client.import({ access_token: TOKEN, refresh_token: 'r', expires_in: HOUR_MS / 1000 })
  const peer = new OAuth2Fetch({
    client: new OAuth2Client({ server: origin, clientId: 'id' }),
    getNewToken: () => null,
    getStoredToken: () => ({ accessToken: TOKEN, refreshToken: 'r', expiresAt: Date.now() + HOUR_MS }),
    scheduleRefresh: false,
  })
  return {
    'fetch with the header': url => fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } }),
    'latchkey, authorizedFetch': authorizedFetch(client),
    '@badgateway/oauth2-client, OAuth2Fetch': url => peer.fetch(url),
  }
}

/** A server in a process of its own, so that its work is not ours. */
async function startServer(cleanup: AsyncDisposableStack): Promise<string> {
  const server = fork(new URL('../api-server.ts', import.meta.url))
  cleanup.defer(() => void server.kill())
  const [origin] = (await once(server, 'message')) as [string]
  return origin
}

/** Sends so many requests, some at a time, and reads their answers; resolves to ns a request. */
export async function send(
  request: Request,
  url: string,
  total: number,
  concurrency: number,
): Promise<number> {
  let left = total
  const begin = process.hrtime.bigint()
  const sender = async (): Promise<void> => {
    while (left-- > 0) {
      const response = await request(url)
      if (!response.ok) throw new Error(`status ${response.status}`)
      await response.text()
    }
  }
  await Promise.all(Array.from({ length: concurrency }, sender))
  return Number(process.hrtime.bigint() - begin) / total
}

export async function measureOverhead(
  total: number,
  rounds: number,
): Promise<Readonly<Record<string, Ratios>>> {
  await using cleanup = new AsyncDisposableStack()
  const origin = await startServer(cleanup)
  const url = `${origin}/3/account/me`
  const requests = Object.entries(await requestsTo(origin))
  const measured: Record<string, Ratios> = {}
  for (const concurrency of CONCURRENCIES) {
    for (const [, request] of requests) await send(request, url, total, concurrency) // to be compiled
    const contenders: Contenders = Object.fromEntries(
      requests.map(([name, request]) => [name, () => send(request, url, total, concurrency)]),
    )
    measured[`${concurrency} at a time`] = await ratiosOf(contenders, rounds)
  }
  return measured
}

export const overhead: Section<Readonly<Record<string, Ratios>>> = {
  title: 'Overhead of an authorized fetch',
  measure: ({ quick }) => (quick ? measureOverhead(200, 5) : measureOverhead(500, 41)),
  render(measured) {
    const [first] = Object.values(measured)
    const rows = Object.keys(first!).map(name => [
      name,
      ...Object.values(measured).map(ratios => ratioText(ratios[name]!)),
    ])
    return `Requests a second to a server on the same machine that answers at once, relative to a fetch that is given the header
by hand: the worst case, for every real API is further away.

${table(['', ...Object.keys(measured)], rows)}`
  },
}
