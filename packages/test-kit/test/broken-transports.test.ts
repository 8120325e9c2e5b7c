// Transports with one mistake each. Every one fails the named case.
import { afterAll, expect, test } from '@jest/globals'
import { type Transport, TransportError } from '@latchkey/core'
import type { HttpResponse } from '@latchkey/core/ports'
import { transportContract } from '../src/index.ts'
import { startContractServer } from '../src/node/index.ts'
import { fetchTransport } from '@latchkey/transport-fetch'

const server = await startContractServer()
afterAll(() => server.close())

/** A transport that is correct except that `change` modifies its responses. */
const withResponses = (change: (response: HttpResponse) => HttpResponse): (() => Transport) => {
  const sound = fetchTransport()
  return () => ({ send: async (request, options) => change(await sound.send(request, options)) })
}

/** A transport that is correct except that `change` modifies its errors. */
const withErrors = (change: (error: TransportError, request: string) => unknown): (() => Transport) => {
  const sound = fetchTransport()
  return () => ({
    send: (request, options) =>
      sound.send(request, options).catch(error => {
        throw change(error as TransportError, JSON.stringify(request))
      }),
  })
}

/** Plain fetch, without any precautions. */
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

const CASES: readonly [mistake: string, caughtBy: string, make: () => Transport][] = [
  [
    'it follows redirects',
    'a redirect with status 307 is not followed (RFC 9700 section 4.12): it is a response, or an error if the platform hides it',
    naive({ redirect: 'follow' }),
  ],
  [
    'a status other than success is an error',
    'status 429 is a response, and the request is not repeated',
    withResponses(response => {
      if (response.status >= 400) throw new TransportError('no success', { sent: 'unknown' })
      return response
    }),
  ],
  [
    'it repeats the request when the server is busy',
    'status 503 is a response, and the request is not repeated',
    () => {
      const sound = fetchTransport()
      return {
        async send(request, options) {
          const response = await sound.send(request, options)
          return response.status === 503 ? sound.send(request, options) : response
        },
      }
    },
  ],
  [
    'it repeats the request after a lost connection',
    'a connection that is closed after the request causes no second request',
    () => {
      const sound = fetchTransport()
      return { send: (...args) => sound.send(...args).catch(() => sound.send(...args)) }
    },
  ],
  [
    'header names are as the server wrote them',
    'the response is plain data with header names in lower case',
    withResponses(response => ({
      ...response,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [
          name.replace(/\b\w/g, c => c.toUpperCase()),
          value,
        ]),
      ),
    })),
  ],
  [
    'headers are an object with a prototype',
    'header names cannot change a prototype, and headers inherit nothing',
    withResponses(response => ({ ...response, headers: { ...response.headers } })),
  ],
  [
    'the body has no limit',
    'a larger body is truncated to 1 MiB, without a partial character at its end',
    naive(),
  ],
  [
    'a truncated body is not marked',
    'a body that ends early (less than its Content-Length) returns the part that arrived, with truncated set',
    withResponses(({ status, headers, body }) => ({ status, headers, body })),
  ],
  [
    'a body that ends early is an error',
    'a body that ends early (chunks without the last one) returns the part that arrived, with truncated set',
    withResponses(response => {
      if (response.truncated) throw new TransportError('cut', { sent: 'unknown' })
      return response
    }),
  ],
  [
    'a body is read as Latin-1',
    'a body is decoded as UTF-8 across chunks, without its byte order mark; invalid bytes are replaced',
    withResponses(response => ({ ...response, body: Buffer.from(response.body).toString('latin1') })),
  ],
  [
    "every error has sent 'no'",
    "a connection that is reset after the request is an error with sent 'unknown'",
    withErrors(error => new TransportError(error.message, { sent: 'no' })),
  ],
  [
    "every error has sent 'unknown'",
    "a refused connection is an error with sent 'no'",
    withErrors(error => new TransportError(error.message, { sent: 'unknown' })),
  ],
  [
    'errors are those of fetch',
    'a refused connection is an error',
    withErrors(() => new TypeError('fetch failed')),
  ],
  [
    'an error quotes the request',
    'no secret of the request is in the error: a closed connection',
    withErrors(({ sent }, request) => new TransportError(`no response to ${request}`, { sent })),
  ],
  [
    'an error holds the request',
    'no secret of the request is in the error: a refused connection',
    withErrors((error, request) => Object.assign(error, { request: JSON.parse(request) as unknown })),
  ],
  [
    'a signal is not checked before sending',
    "an aborted signal is an error with sent 'no', and nothing is sent",
    () => {
      const sound = fetchTransport()
      return { send: request => sound.send(request) }
    },
  ],
  [
    'the deadline of a request is ignored',
    "a request without a response ends at its own deadline: an error with sent 'unknown'",
    () => {
      const sound = fetchTransport()
      return { send: (request, { signal } = {}) => sound.send(request, signal && { signal }) }
    },
  ],
  [
    'a listener stays on the signal',
    'a request removes its listeners from the signal when it ends',
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
    'the deadline covers the body: the part that arrived is returned, with truncated set',
    withResponses(response => {
      if (response.truncated) throw new TransportError('too late', { sent: 'unknown' })
      return response
    }),
  ],
  [
    'the body of a request is dropped',
    'method, URL, headers and body are sent unchanged',
    () => {
      const sound = fetchTransport()
      return { send: ({ method, url, headers }, options) => sound.send({ method, url, headers }, options) }
    },
  ],
]

test.each(CASES)('%s: caught by "%s"', async (_, caughtBy, make) => {
  const contract = transportContract({
    ...server,
    transport: make(),
    ownsConnections: true,
  })
  const { skip, run } = contract.find(({ name }) => name === caughtBy)!
  expect(skip).toBeUndefined()
  await expect(run()).rejects.toMatchObject({ name: expect.stringMatching(/^(Transport)?Error$/) })
})

test('cases that a transport cannot fulfil are skipped with a reason', () => {
  const contract = transportContract({ ...server, transport: fetchTransport() })
  const skipped = contract.filter(({ skip }) => skip)
  expect(new Set(skipped.map(({ skip }) => skip))).toEqual(
    new Set(['the transport does not control its connections']),
  )
  expect(skipped).toHaveLength(4)
})
