import type { HttpRequest } from '@latchkey/core/ports'
import { assert, equal, format } from '../assert.ts'
import { sendTo, requestCount, newId, transportErrorOf, type TransportCase } from './transport-case.ts'

const MIB = 1024 * 1024
const PARTIAL = '{"refresh_token":"kept","acc'

/** Every response is returned as data. */
export const responses: readonly TransportCase[] = [
  {
    name: 'method, URL, headers and body are sent unchanged',
    async run(subject) {
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: 'Basic YTpi',
        'x-contract': 'a, b',
      }
      const requests: readonly (HttpRequest & { path: string })[] = [
        {
          method: 'POST',
          url: '',
          path: '/echo/oauth2/token',
          headers,
          body: 'grant_type=pin&pin=%C3%A9&€=😀',
        },
        { method: 'GET', url: '', path: '/echo?a=b&c=%2F', headers },
        { method: 'POST', url: '', path: '/echo', headers: {} },
      ]
      for (const { path, method, headers: sent, body } of requests) {
        const response = await sendTo(subject, path, { method, headers: sent, ...(body && { body }) })
        const echo = JSON.parse(response.body) as { headers: Record<string, string> }
        const seen = Object.fromEntries(Object.keys(sent).map(name => [name, echo.headers[name]]))
        equal(
          { ...echo, headers: seen },
          { method, url: path, headers: sent, body: body ?? '' },
          'what arrived',
        )
      }
    },
  },
  {
    name: 'the response is plain data with header names in lower case',
    async run(subject) {
      const response = await sendTo(subject, '/headers')
      equal(
        [response.status, response.body, response.headers['x-contract-header']],
        [200, '{}', 'Some Value'],
        'the response',
      )
      const upper = Object.keys(response.headers).filter(name => name !== name.toLowerCase())
      equal(upper, [], 'header names that are not in lower case')
      assert(!('truncated' in response), `a complete body is marked truncated: ${format(response)}`)
    },
  },
  {
    name: 'header names cannot change a prototype, and headers inherit nothing',
    async run(subject) {
      const { headers } = await sendTo(subject, '/prototype')
      assert(!('polluted' in {}), 'the prototype of every object was changed')
      for (const name of ['constructor', 'toString'])
        assert(headers[name] === undefined, `headers.${name} exists, but the server did not send it`)
    },
  },
  ...[204, 400, 401, 403, 404, 413, 429, 500, 502, 503, 504].map(status => ({
    name: `status ${status} is a response, and the request is not repeated`,
    async run(subject: Parameters<TransportCase['run']>[0]) {
      for (const request of [{ method: 'GET' }, { method: 'POST', body: 'a=b' }] as const) {
        const id = newId()
        const response = await sendTo(subject, `/status/${status}?id=${id}`, request)
        equal([response.status, response.body], [status, ''], 'the response')
        equal(await requestCount(subject, id), 1, 'requests')
      }
    },
  })),
  ...[301, 302, 303, 307, 308].map(status => ({
    name: `a redirect with status ${status} is not followed (RFC 9700 section 4.12): it is a response, or an error if the platform hides it`,
    async run(subject: Parameters<TransportCase['run']>[0]) {
      const [id, then] = [newId(), newId()]
      const path = `/redirect/${status}?id=${id}&then=${then}`
      const work = sendTo(subject, path, { method: 'POST', body: 'refresh_token=r' })
      const response = await work.catch(() => undefined)
      if (response)
        equal(
          [response.status, response.headers['location']],
          [status, `/status/200?id=${then}`],
          'the response',
        )
      else equal((await transportErrorOf(work, 'a redirect')).sent, 'unknown', 'sent')
      equal(
        [await requestCount(subject, id), await requestCount(subject, then)],
        [1, 0],
        'requests to it and to its target',
      )
    },
  })),
  {
    name: 'a body is decoded as UTF-8 across chunks, without its byte order mark; invalid bytes are replaced',
    async run(subject) {
      equal((await sendTo(subject, '/crumbs')).body, '{"name":"é€😀"}', 'the body')
      equal((await sendTo(subject, '/latin1')).body, 'a\uFFFDb\uFFFD', 'the body')
    },
  },
  {
    name: 'a body of exactly 1 MiB is complete',
    async run(subject) {
      const response = await sendTo(subject, `/bytes/${MIB}`)
      equal([response.body.length, response.truncated], [MIB, undefined], 'length and truncated')
    },
  },
  {
    name: 'a larger body is truncated to 1 MiB, without a partial character at its end',
    async run(subject) {
      const bytes = await sendTo(subject, `/bytes/${MIB + 1}`)
      equal([bytes.body.length, bytes.truncated], [MIB, true], 'length and truncated')
      const euros = await sendTo(subject, `/euros/${MIB / 2}`)
      equal([euros.body.length, euros.truncated], [Math.floor(MIB / 3), true], 'length and truncated')
      assert(/^€+$/.test(euros.body), 'a character was cut')
    },
  },
  {
    name: 'the limit counts decompressed bytes',
    async run(subject) {
      const response = await sendTo(subject, `/gzip/${8 * MIB}`)
      equal([response.body.length, response.truncated], [MIB, true], 'length and truncated')
    },
  },
  ...Object.entries({ short: 'less than its Content-Length', unfinished: 'chunks without the last one' }).map(
    ([path, how]) => ({
      name: `a body that ends early (${how}) returns the part that arrived, with truncated set`,
      async run(subject: Parameters<TransportCase['run']>[0]) {
        // A stream that fails discards its unread buffer, so a part may be missing in some attempts.
        for (let tries = 1; ; tries++) {
          const { status, body, truncated } = await sendTo(subject, `/${path}`)
          equal({ status, truncated }, { status: 200, truncated: true }, 'the response')
          if (body === PARTIAL) return
          assert(
            PARTIAL.startsWith(body) && tries < 20,
            `${format(body)} is not what arrived, in ${tries} attempts`,
          )
        }
      },
    }),
  ),
  {
    name: 'concurrent requests each get their own response',
    async run(subject) {
      const numbers = Array.from({ length: 20 }, (_, n) => n + 1)
      const responses = await Promise.all(numbers.map(n => sendTo(subject, `/bytes/${n}`)))
      equal(
        responses.map(({ body }) => body.length),
        numbers,
        'the lengths',
      )
    },
  },
]
