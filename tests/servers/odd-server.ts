// An authorization server as they are met in the field: each of its endpoints answers as the test says.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { listen, type Listening } from './listen.ts'

/** What an endpoint answers with: a status and a body, text as it is and anything else as JSON. */
export interface OddAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A request that came, its form decoded. */
export interface OddRequest {
  readonly path: string
  readonly form: Readonly<Record<string, string>>
}

export interface OddServer extends Listening {
  /** What came, in order. */
  readonly requests: readonly OddRequest[]
  /** Answers requests for a path so from now on: always, or one after the other, the last one for good. */
  answer(path: string, ...answers: readonly OddAnswer[]): void
}

/** The page that a proxy, a firewall or a login sends with status 200, whatever was asked. */
export const PAGE: OddAnswer = {
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><html><body>Please sign in</body></html>',
}

/** Metadata (RFC 8414) with every endpoint that there can be, and `more`. */
export const metadataOf = (url: string, more: object = {}): OddAnswer => ({
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

/** Starts one, whose paths are not there until they are said. */
export async function startOddServer(): Promise<OddServer> {
  const answers = new Map<string, OddAnswer[]>()
  const requests: OddRequest[] = []

  async function reply(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of incoming) text += String(chunk)
    const [path = ''] = incoming.url!.split('?')
    requests.push({ path, form: Object.fromEntries(new URLSearchParams(text)) })
    const queue = answers.get(path) ?? [{ status: 404, body: '' }]
    const { status = 200, headers = {}, body = '' } = (queue.length > 1 ? queue.shift() : queue[0])!
    outgoing.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  const listening = await listen(() => (incoming, outgoing) => {
    reply(incoming, outgoing).catch((error: Error) => outgoing.destroy(error))
  })
  return {
    ...listening,
    requests,
    answer: (path, ...given) => void answers.set(path, [...given]),
  }
}
