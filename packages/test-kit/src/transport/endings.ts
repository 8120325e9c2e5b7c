import { ensure, equal } from '../assert.ts'
import { platform } from '../platform.ts'
import {
  arrived,
  ask,
  countOf,
  newId,
  plainSignal,
  transportFailure,
  type TransportCase,
} from './exchange.ts'

/** How a request ends that gets no response, and what its error says. */
export const endings: readonly TransportCase[] = [
  ...Object.entries({
    closing: 'is closed',
    resetting: 'is reset',
    garbage: 'answers what is not HTTP',
  }).flatMap(([path, how]): TransportCase[] => [
    {
      name: `a connection that ${how} after the request is an error with sent 'unknown'`,
      async run(subject) {
        const work = ask(subject, `/${path}`, { method: 'POST', body: 'a=b' })
        equal((await transportFailure(work, 'the request')).sent, 'unknown', 'sent')
      },
    },
    {
      name: `a connection that ${how} after the request brings no second request`,
      needs: ['ownsConnections'],
      async run(subject) {
        const id = newId()
        await transportFailure(
          ask(subject, `/${path}?id=${id}`, { method: 'POST', body: 'a=b' }),
          'the request',
        )
        equal(await countOf(subject, id), 1, 'requests')
      },
    },
  ]),
  {
    name: 'a refused connection is an error',
    async run({ transport, refusedOrigin }) {
      await transportFailure(
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
      equal((await transportFailure(work, 'the request')).sent, 'no', 'sent')
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
        equal((await transportFailure(work, 'the request')).sent, 'no', 'sent')
      }
      equal(await countOf(subject, id), 0, 'requests')
    },
  },
  {
    name: "a signal that has aborted: an error with sent 'no', and nothing is sent",
    async run(subject) {
      const id = newId()
      const controller = new platform.AbortController()
      controller.abort()
      const plain = plainSignal()
      plain.abort()
      for (const signal of [controller.signal, plain]) {
        const work = ask(subject, `/echo?id=${id}`, { method: 'POST' }, { signal })
        equal((await transportFailure(work, 'the request')).sent, 'no', 'sent')
      }
      equal(await countOf(subject, id), 0, 'requests')
      equal((await ask(subject, '/headers')).status, 200, 'the status of a request after it')
    },
  },
  {
    name: "an abort ends a request that waits: an error with sent 'unknown'",
    async run(subject) {
      const controller = new platform.AbortController()
      const plain = plainSignal()
      for (const [signal, abort] of [
        [controller.signal, () => controller.abort()],
        [plain, () => plain.abort()],
      ] as const) {
        const id = newId()
        const failure = transportFailure(
          ask(subject, `/silent?id=${id}`, { method: 'POST' }, { signal }),
          'the request',
        )
        await arrived(subject, id)
        abort()
        equal((await failure).sent, 'unknown', 'sent')
      }
    },
  },
  {
    name: 'whatever its end, a request leaves no listener on a signal that outlives it',
    async run(subject) {
      const signal = plainSignal()
      for (const path of ['/headers', '/closing', '/short']) {
        await ask(subject, path, { method: 'POST' }, { signal }).catch(() => {})
        equal(signal.listening, 0, `listeners after ${path}`)
      }
      await subject.transport.send({ method: 'GET', url: 'no URL', headers: {} }, { signal }).catch(() => {})
      equal(signal.listening, 0, 'listeners after a request that could not be made')
    },
  },
  {
    name: "a request without an answer ends by the deadline: an error with sent 'unknown'",
    needs: ['timed'],
    async run(subject) {
      const { timed } = subject
      const work = ask({ ...subject, transport: timed!(300) }, '/silent', { method: 'POST' })
      equal((await transportFailure(work, 'the request')).sent, 'unknown', 'sent')
    },
  },
  {
    name: 'the deadline covers the body: what arrived until then is kept, and truncated says so',
    needs: ['timed'],
    async run(subject) {
      const { timed } = subject
      const answer = await ask({ ...subject, transport: timed!(500) }, '/stalling')
      equal([answer.status, answer.truncated], [200, true], 'status and truncated')
      ensure(answer.body.startsWith('{"refresh_token":"kept"'), 'what arrived is not in the body')
    },
  },
]
