import { assert, equal } from '../assert.ts'
import { platform, withTimeout } from '../platform.ts'
import {
  waitForRequest,
  sendTo,
  requestCount,
  newId,
  plainSignal,
  transportErrorOf,
  type TransportCase,
} from './transport-case.ts'

/** Requests without a response, and their errors. */
export const failures: readonly TransportCase[] = [
  ...Object.entries({
    closing: 'is closed',
    resetting: 'is reset',
    garbage: 'returns something other than HTTP',
  }).flatMap(([path, how]): TransportCase[] => [
    {
      name: `a connection that ${how} after the request is an error with sent 'unknown'`,
      async run(subject) {
        const work = sendTo(subject, `/${path}`, { method: 'POST', body: 'a=b' })
        equal((await transportErrorOf(work, 'the request')).sent, 'unknown', 'sent')
      },
    },
    {
      name: `a connection that ${how} after the request causes no second request`,
      needs: ['ownsConnections'],
      async run(subject) {
        const id = newId()
        await transportErrorOf(
          sendTo(subject, `/${path}?id=${id}`, { method: 'POST', body: 'a=b' }),
          'the request',
        )
        equal(await requestCount(subject, id), 1, 'requests')
      },
    },
  ]),
  {
    name: 'a refused connection is an error',
    async run({ transport, refusedOrigin }) {
      await transportErrorOf(
        transport.send({ method: 'POST', url: `${refusedOrigin}/token`, headers: {} }),
        'the request',
      )
    },
  },
  {
    name: "a refused connection is an error with sent 'no'",
    needs: ['ownsConnections'],
    async run({ transport, refusedOrigin }) {
      const work = transport.send({ method: 'POST', url: `${refusedOrigin}/token`, headers: {} })
      equal((await transportErrorOf(work, 'the request')).sent, 'no', 'sent')
    },
  },
  {
    name: "a URL or header that cannot be sent is an error with sent 'no', and nothing is sent",
    async run(subject) {
      const id = newId()
      const url = `${subject.origin}/echo?id=${id}`
      for (const wrong of [
        { url: 'api.example/token' },
        { url, headers: { authorization: 'a\r\nx-b: c' } },
        { url, headers: { authorization: 'a\0' } },
        { url, headers: { authorization: '€' } },
        { url, headers: { 'a b': 'c' } },
      ]) {
        const work = subject.transport.send({ method: 'POST', headers: {}, body: 'a=b', ...wrong })
        equal((await transportErrorOf(work, 'the request')).sent, 'no', 'sent')
      }
      equal(await requestCount(subject, id), 0, 'requests')
    },
  },
  {
    name: "an aborted signal is an error with sent 'no', and nothing is sent",
    async run(subject) {
      const id = newId()
      const controller = new platform.AbortController()
      controller.abort()
      const plain = plainSignal()
      plain.abort()
      for (const signal of [controller.signal, plain]) {
        const work = sendTo(subject, `/echo?id=${id}`, { method: 'POST' }, { signal })
        equal((await transportErrorOf(work, 'the request')).sent, 'no', 'sent')
      }
      equal(await requestCount(subject, id), 0, 'requests')
      equal((await sendTo(subject, '/headers')).status, 200, 'the status of a request after it')
    },
  },
  {
    name: "an abort of a pending request is an error with sent 'unknown'",
    async run(subject) {
      const controller = new platform.AbortController()
      const plain = plainSignal()
      for (const [signal, abort] of [
        [controller.signal, () => controller.abort()],
        [plain, () => plain.abort()],
      ] as const) {
        const id = newId()
        const failure = transportErrorOf(
          sendTo(subject, `/silent?id=${id}`, { method: 'POST' }, { signal }),
          'the request',
        )
        await waitForRequest(subject, id)
        abort()
        equal((await failure).sent, 'unknown', 'sent')
      }
    },
  },
  {
    name: 'a request removes its listeners from the signal when it ends',
    async run(subject) {
      const signal = plainSignal()
      for (const path of ['/headers', '/closing', '/short']) {
        await sendTo(subject, path, { method: 'POST' }, { signal }).catch(() => {})
        equal(signal.listenerCount, 0, `listeners after ${path}`)
      }
      await subject.transport.send({ method: 'GET', url: 'no URL', headers: {} }, { signal }).catch(() => {})
      equal(signal.listenerCount, 0, 'listeners after a request that could not be sent')
    },
  },
  {
    name: "a request without a response ends at its own deadline: an error with sent 'unknown'",
    async run(subject) {
      const work = sendTo(subject, '/silent', { method: 'POST' }, { deadlineMs: 300 })
      const inTime = withTimeout(3_000, work, () => 'a deadline of 300 ms did not end the request')
      equal((await transportErrorOf(inTime, 'the request')).sent, 'unknown', 'sent')
    },
  },
  {
    name: 'the deadline covers the body: the part that arrived is returned, with truncated set',
    async run(subject) {
      const response = await sendTo(subject, '/stalling', {}, { deadlineMs: 500 })
      equal([response.status, response.truncated], [200, true], 'status and truncated')
      assert(response.body.startsWith('{"refresh_token":"kept"'), 'the body lacks the part that arrived')
    },
  },
]
