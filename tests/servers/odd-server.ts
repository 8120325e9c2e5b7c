// An authorization server whose endpoints respond as the test requests.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { listen, type Listening } from './listen.ts'

/** The response of an endpoint: a status and a body, which is sent as text or else as JSON. */
export interface OddResponse {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A received request, with its form decoded. */
export interface OddRequest {
  readonly path: string
  readonly form: Readonly<Record<string, string>>
}

export interface OddServer extends Listening {
  /** The received requests, in order. */
  readonly requests: readonly OddRequest[]
  /** Sets the responses for a path: one after the other, and the last one for all later requests. */
  respond(path: string, ...responses: readonly OddResponse[]): void
}

/** The page that a proxy, a firewall or a login sends with status 200 to any request. */
export const PAGE: OddResponse = {
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><html><body>Please sign in</body></html>',
}

/** Returns metadata (RFC 8414) with all endpoints, and `more`. */
export const metadataOf = (url: string, more: object = {}): OddResponse => ({
  body: {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    device_authorization_endpoint: `${url}/device`,
    pushed_authorization_request_endpoint: `${url}/par`,
    revocation_endpoint: `${url}/revoke`,
    introspection_endpoint: `${url}/introspect`,
    ...more,
  },
})

/** Starts the server; a path without a response returns 404. */
export async function startOddServer(): Promise<OddServer> {
  const responses = new Map<string, OddResponse[]>()
  const requests: OddRequest[] = []

  async function reply(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of incoming) text += String(chunk)
    const [path = ''] = incoming.url!.split('?')
    requests.push({ path, form: Object.fromEntries(new URLSearchParams(text)) })
    const queue = responses.get(path) ?? [{ status: 404, body: '' }]
    const { status = 200, headers = {}, body = '' } = (queue.length > 1 ? queue.shift() : queue[0])!
    outgoing.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  const listening = await listen(() => (incoming, outgoing) => {
    reply(incoming, outgoing).catch((error: Error) => outgoing.destroy(error))
  })
  return {
    ...listening,
    requests,
    respond: (path, ...given) => void responses.set(path, [...given]),
  }
}
