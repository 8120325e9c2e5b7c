// A strict authorization server for a storm: it works off requests in order, and revokes a family when a refresh token is
// used twice.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const TICK_MS = 10

export interface StormServer {
  readonly url: string
  /** How many requests it received and how many families it revoked since the last call. */
  counts(): { readonly requests: number; readonly revoked: number }
  /** Returns how many requests wait for their response. */
  waiting(): number
  /** Works off all that wait. */
  respond(): void
  close(): void
}

/** Starts the server; `perSecond`: how many requests it works off, `undefined` for as many as it can, 0: only `respond` does. */
export async function startStormServer(perSecond: number | undefined): Promise<StormServer> {
  /** The current refresh token of each family; revoked families have none. */
  const current = new Map<string, number>()
  const queue: (() => void)[] = []
  let requests = 0
  let revoked = 0

  function refresh(refresh_token: string, response: ServerResponse): void {
    const [family = '', number] = refresh_token.split('.')
    const known = current.has(family) ? current.get(family) : 0
    const isCurrent = known === Number(number)
    if (!isCurrent && known !== -1) revoked++
    current.set(family, isCurrent ? Number(number) + 1 : -1)
    const next = {
      access_token: `${family}-${Number(number) + 1}`,
      refresh_token: `${family}.${Number(number) + 1}`,
    }
    response
      .writeHead(isCurrent ? 200 : 400, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(
          isCurrent ? { ...next, token_type: 'Bearer', expires_in: 3600 } : { error: 'invalid_grant' },
        ),
      )
  }

  const server = createServer((incoming, outgoing) => {
    let text = ''
    incoming.on('data', chunk => (text += String(chunk)))
    incoming.on('end', () => {
      requests++
      const work = (): void => refresh(new URLSearchParams(text).get('refresh_token') ?? '', outgoing)
      if (perSecond === undefined) work()
      else queue.push(work)
    })
  }).listen(0, '127.0.0.1', 4096)
  await once(server, 'listening')
  let credit = 0
  let lastMs = performance.now()
  const timer = setInterval(() => {
    const nowMs = performance.now()
    credit = Math.min(credit + ((perSecond ?? 0) * (nowMs - lastMs)) / 1000, (perSecond ?? 0) / 10)
    lastMs = nowMs
    for (; credit >= 1 && queue.length > 0; credit--) queue.shift()!()
  }, TICK_MS)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts() {
      const counted = { requests, revoked }
      requests = revoked = 0
      return counted
    },
    waiting: () => queue.length,
    respond() {
      for (const work of queue.splice(0)) work()
    },
    close() {
      clearInterval(timer)
      server.closeAllConnections()
      server.close()
    },
  }
}
