import type { HttpRequest } from '@latchkey/core/ports'
import { ensure, equal, show } from '../assert.ts'
import { ask, countOf, newId, transportFailure, type TransportCase } from './exchange.ts'

const MIB = 1024 * 1024
const PARTIAL = '{"refresh_token":"kept","acc'

/** What comes back is data, whatever it is. */
export const responses: readonly TransportCase[] = [
  {
    name: 'method, URL, headers and body go out as they are given',
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
        const answer = await ask(subject, path, { method, headers: sent, ...(body && { body }) })
        const echo = JSON.parse(answer.body) as { headers: Record<string, string> }
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
    name: 'the response is plain data, header names in lower case',
    async run(subject) {
      const answer = await ask(subject, '/headers')
      equal(
        [answer.status, answer.body, answer.headers['x-contract-header']],
        [200, '{}', 'Some Value'],
        'the answer',
      )
      const upper = Object.keys(answer.headers).filter(name => name !== name.toLowerCase())
      equal(upper, [], 'header names that are not in lower case')
      ensure(!('truncated' in answer), `a whole body is said to be truncated: ${show(answer)}`)
    },
  },
  {
    name: 'header names of a server reach no prototype, and headers inherit nothing',
    async run(subject) {
      const { headers } = await ask(subject, '/prototype')
      ensure(!('polluted' in {}), 'the prototype of every object was changed')
      for (const name of ['constructor', 'toString'])
        ensure(headers[name] === undefined, `headers.${name} is there, and no server sent it`)
    },
  },
  ...[204, 400, 401, 403, 404, 413, 429, 500, 502, 503, 504].map(status => ({
    name: `status ${status} is a response, asked for once`,
    async run(subject: Parameters<TransportCase['run']>[0]) {
      for (const request of [{ method: 'GET' }, { method: 'POST', body: 'a=b' }] as const) {
        const id = newId()
        const answer = await ask(subject, `/status/${status}?id=${id}`, request)
        equal([answer.status, answer.body], [status, ''], 'the answer')
        equal(await countOf(subject, id), 1, 'requests')
      }
    },
  })),
  ...[301, 302, 303, 307, 308].map(status => ({
    name: `a redirect with status ${status} is not followed (RFC 9700 section 4.12): it is a response, or an error where it is hidden`,
    async run(subject: Parameters<TransportCase['run']>[0]) {
      const [id, then] = [newId(), newId()]
      const path = `/redirect/${status}?id=${id}&then=${then}`
      const work = ask(subject, path, { method: 'POST', body: 'refresh_token=r' })
      const answer = await work.catch(() => undefined)
      if (answer)
        equal([answer.status, answer.headers['location']], [status, `/status/200?id=${then}`], 'the answer')
      else equal((await transportFailure(work, 'a redirect')).sent, 'unknown', 'sent')
      equal(
        [await countOf(subject, id), await countOf(subject, then)],
        [1, 0],
        'requests to it and to its target',
      )
    },
  })),
  {
    name: 'a body is UTF-8, cut anywhere between chunks, without its byte order mark; what is not UTF-8 is replaced',
    async run(subject) {
      equal((await ask(subject, '/crumbs')).body, '{"name":"é€😀"}', 'the body')
      equal((await ask(subject, '/latin1')).body, 'a\uFFFDb\uFFFD', 'the body')
    },
  },
  {
    name: 'a body of exactly 1 MiB is whole',
    async run(subject) {
      const answer = await ask(subject, `/bytes/${MIB}`)
      equal([answer.body.length, answer.truncated], [MIB, undefined], 'length and truncated')
    },
  },
  {
    name: 'of a larger body the first 1 MiB is kept and truncated says so, without the character that the limit cuts',
    async run(subject) {
      const bytes = await ask(subject, `/bytes/${MIB + 1}`)
      equal([bytes.body.length, bytes.truncated], [MIB, true], 'length and truncated')
      const euros = await ask(subject, `/euros/${MIB / 2}`)
      equal([euros.body.length, euros.truncated], [Math.floor(MIB / 3), true], 'length and truncated')
      ensure(/^€+$/.test(euros.body), 'a character was cut')
    },
  },
  {
    name: 'the limit counts decompressed bytes',
    async run(subject) {
      const answer = await ask(subject, `/gzip/${8 * MIB}`)
      equal([answer.body.length, answer.truncated], [MIB, true], 'length and truncated')
    },
  },
  ...Object.entries({ short: 'less than its Content-Length', unfinished: 'chunks without the last one' }).map(
    ([path, how]) => ({
      name: `of a body that ends early (${how}) what arrived is kept, and truncated says so`,
      async run(subject: Parameters<TransportCase['run']>[0]) {
        // A stream that breaks takes what nobody has read yet with it, so that some of it may be missing at times.
        for (let tries = 1; ; tries++) {
          const { status, body, truncated } = await ask(subject, `/${path}`)
          equal({ status, truncated }, { status: 200, truncated: true }, 'the answer')
          if (body === PARTIAL) return
          ensure(
            PARTIAL.startsWith(body) && tries < 20,
            `${show(body)} is not what arrived, in ${tries} tries`,
          )
        }
      },
    }),
  ),
  {
    name: 'requests at once get each its own answer',
    async run(subject) {
      const numbers = Array.from({ length: 20 }, (_, n) => n + 1)
      const answers = await Promise.all(numbers.map(n => ask(subject, `/bytes/${n}`)))
      equal(
        answers.map(({ body }) => body.length),
        numbers,
        'the lengths',
      )
    },
  },
]
