// One round: a process that sends requests by its argument (JSON), and sends the times to its parent.
import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import { Client, imgur } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { HOUR_MS } from '../contender.ts'
import { type Times, timesOf } from '../ratios.ts'

export interface Round {
  readonly origin: string
  /** Concurrent requests; for 0 none are sent, and a function replaces fetch. */
  readonly concurrency: number
  /** Requests per turn, and turns of each contender. */
  readonly requests: number
  readonly turns: number
}

const TOKEN = 'the-token'

type Request = (url: string) => Promise<Response>

/** Returns functions that send a request with a token that is valid for an hour. */
async function requestsTo(origin: string): Promise<Readonly<Record<string, Request>>> {
  const client = new Client({ client_id: 'id', provider: imgur({ baseUrl: origin }) })
  await client.import({ access_token: TOKEN, refresh_token: 'r', expires_in: HOUR_MS / 1000 })
  const peer = new OAuth2Fetch({
    client: new OAuth2Client({ server: origin, clientId: 'id' }),
    getNewToken: () => null,
    getStoredToken: () => ({ accessToken: TOKEN, refreshToken: 'r', expiresAt: Date.now() + HOUR_MS }),
    scheduleRefresh: false,
  })
  const bare: Request = url => fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })
  return {
    'fetch with the header': bare,
    'the same once more': bare,
    'latchkey, authorizedFetch': authorizedFetch(client),
    '@badgateway/oauth2-client, OAuth2Fetch': url => peer.fetch(url),
  }
}

/** Sends `total` requests, `concurrency` at a time, and reads the responses; resolves to ns per request. */
async function send(request: Request, url: string, total: number, concurrency: number): Promise<number> {
  let left = total
  const begin = process.hrtime.bigint()
  const sender = async (): Promise<void> => {
    while (left-- > 0) {
      const response = await request(url)
      if (!response.ok) throw new Error(`status ${response.status}`)
      if (response.body) await response.text()
    }
  }
  await Promise.all(Array.from({ length: concurrency }, sender))
  return Number(process.hrtime.bigint() - begin) / total
}

async function measure({ origin, concurrency, requests, turns }: Round): Promise<Times> {
  const url = `${origin}/3/account/me`
  const response = new Response()
  if (concurrency === 0) globalThis.fetch = () => Promise.resolve(response)
  const contenders = Object.entries(await requestsTo(origin)).map(
    ([name, request]) => [name, () => send(request, url, requests, concurrency || 1)] as const,
  )
  await timesOf(Object.fromEntries(contenders), Math.ceil(turns / 4)) // warms up the compiler
  return timesOf(Object.fromEntries(contenders), turns)
}

process.send!(await measure(JSON.parse(process.argv[2]!) as Round), () => process.exit())
