// Transports with one mistake each: every one fails the case that is named.
import { afterAll, expect, test } from '@jest/globals'
import { type Transport, TransportError } from '@latchkey/core'
import type { HttpResponse } from '@latchkey/core/ports'
import { transportContract } from '../src/index.ts'
import { startContractServer } from '../src/node/index.ts'
import { fetchTransport } from '@latchkey/transport-fetch'

const server = await startContractServer()
afterAll(() => server.close())

/** A transport that does everything right, but for what `change` makes of it. */
const answering = (change: (answer: HttpResponse) => HttpResponse): ((timeoutMs?: number) => Transport) => {
  return timeoutMs => {
    const sound = fetchTransport(timeoutMs === undefined ? {} : { timeoutMs })
    return { send: async (request, options) => change(await sound.send(request, options)) }
  }
}

/** A transport whose errors are what `change` makes of them. */
const failing = (change: (error: TransportError, request: string) => unknown): (() => Transport) => {
  const sound = fetchTransport()
  return () => ({
    send: (request, options) =>
      sound.send(request, options).catch(error => {
        throw change(error as TransportError, JSON.stringify(request))
      }),
  })
}

/** Plain fetch, as one would write it in a minute. */
const naive = (init: RequestInit = {}): (() => Transport) => {
  return () => ({
    async send({ url, ...request }) {
      const response = await fetch(url, { ...request, redirect: 'manual', ...init }).catch(error => {
        throw new TransportError('no response', { sent: 'unknown', cause: error })
      })
      const headers = Object.fromEntries(response.headers)
      return { status: response.status, headers, body: await response.text() }
    },
  })
}

const CASES: readonly [mistake: string, caughtBy: string, make: (timeoutMs?: number) => Transport][] = [
  [
    'it follows redirects',
    'a redirect with status 307 is not followed (RFC 9700 section 4.12): it is a response, or an error where it is hidden',
    naive({ redirect: 'follow' }),
  ],
  [
    'a status that is no success is an error',
    'status 429 is a response, asked for once',
    answering(answer => {
      if (answer.status >= 400) throw new TransportError('no success', { sent: 'unknown' })
      return answer
    }),
  ],
  [
    'it asks again when a server is busy',
    'status 503 is a response, asked for once',
    () => {
      const sound = fetchTransport()
      return {
        async send(request, options) {
          const answer = await sound.send(request, options)
          return answer.status === 503 ? sound.send(request, options) : answer
        },
      }
    },
  ],
  [
    'it asks again after a lost connection',
    'a connection that is closed after the request brings no second request',
    () => {
      const sound = fetchTransport()
      return { send: (...args) => sound.send(...args).catch(() => sound.send(...args)) }
    },
  ],
  [
    'header names are as the server wrote them',
    'the response is plain data, header names in lower case',
    answering(answer => ({
      ...answer,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [
          name.replace(/\b\w/g, c => c.toUpperCase()),
          value,
        ]),
      ),
    })),
  ],
  [
    'headers are an object with a prototype',
    'header names of a server reach no prototype, and headers inherit nothing',
    answering(answer => ({ ...answer, headers: { ...answer.headers } })),
  ],
  [
    'the body has no limit',
    'of a larger body the first 1 MiB is kept and truncated says so, without the character that the limit cuts',
    naive(),
  ],
  [
    'a cut body is not said to be one',
    'of a body that ends early (less than its Content-Length) what arrived is kept, and truncated says so',
    answering(({ status, headers, body }) => ({ status, headers, body })),
  ],
  [
    'a body that ends early is an error',
    'of a body that ends early (chunks without the last one) what arrived is kept, and truncated says so',
    answering(answer => {
      if (answer.truncated) throw new TransportError('cut', { sent: 'unknown' })
      return answer
    }),
  ],
  [
    'a body is read as Latin-1',
    'a body is UTF-8, cut anywhere between chunks, without its byte order mark; what is not UTF-8 is replaced',
    answering(answer => ({ ...answer, body: Buffer.from(answer.body).toString('latin1') })),
  ],
  [
    'every error says that nothing was sent',
    "a connection that is reset after the request is an error with sent 'unknown'",
    failing(error => new TransportError(error.message, { sent: 'no' })),
  ],
  [
    'no error says that nothing was sent',
    "a refused connection is an error with sent 'no'",
    failing(error => new TransportError(error.message, { sent: 'unknown' })),
  ],
  [
    'errors are those of fetch',
    'a refused connection is an error',
    failing(() => new TypeError('fetch failed')),
  ],
  [
    'an error quotes the request',
    'no secret of the request is in the error: a closed connection',
    failing(({ sent }, request) => new TransportError(`no response to ${request}`, { sent })),
  ],
  [
    'an error holds the request',
    'no secret of the request is in the error: a refused connection',
    failing((error, request) => Object.assign(error, { request: JSON.parse(request) as unknown })),
  ],
  [
    'a signal is not looked at before sending',
    "a signal that has aborted: an error with sent 'no', and nothing is sent",
    () => {
      const sound = fetchTransport()
      return { send: request => sound.send(request) }
    },
  ],
  [
    'a listener stays on the signal',
    'whatever its end, a request leaves no listener on a signal that outlives it',
    () => {
      const sound = fetchTransport()
      return {
        send(request, options) {
          options?.signal?.addEventListener('abort', () => {})
          return sound.send(request, options)
        },
      }
    },
  ],
  [
    'the deadline ends with the status line',
    'the deadline covers the body: what arrived until then is kept, and truncated says so',
    answering(answer => {
      if (answer.truncated) throw new TransportError('too late', { sent: 'unknown' })
      return answer
    }),
  ],
  [
    'the body of a request is dropped',
    'method, URL, headers and body go out as they are given',
    () => {
      const sound = fetchTransport()
      return { send: ({ method, url, headers }, options) => sound.send({ method, url, headers }, options) }
    },
  ],
]

test.each(CASES)('%s: caught by "%s"', async (_, caughtBy, make) => {
  const contract = transportContract({ ...server, transport: make(), ownsConnections: true, timed: make })
  const { skip, run } = contract.find(({ name }) => name === caughtBy)!
  expect(skip).toBeUndefined()
  await expect(run()).rejects.toMatchObject({ name: expect.stringMatching(/^(Transport)?Error$/) })
})

test('what a transport cannot do is not asked of it, and the cases that fall away say so', () => {
  const contract = transportContract({ ...server, transport: fetchTransport() })
  const skipped = contract.filter(({ skip }) => skip)
  expect(new Set(skipped.map(({ skip }) => skip))).toEqual(
    new Set([
      'the transport does not have its connections in its own hands',
      'the deadline of the transport cannot be set',
    ]),
  )
  expect(skipped).toHaveLength(6)
})
