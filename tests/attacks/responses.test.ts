// Responses of a token endpoint, as a hostile, broken or foreign server sends them, byte by byte, over real HTTP: the tokens
// are stored as a whole or not at all, nothing that was stored before is lost, and no error repeats a secret.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { deflateSync, gzipSync } from 'node:zlib'
import { Client, defineProvider, LatchkeyError, MemoryTokenStore } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { counted, hastyClock } from '../support.ts'

type Bytes = string | Uint8Array

/**
 * `stored`: these are tokens; `rejected`: they are not; `salvaged`: they are not, but a refresh keeps the new refresh token;
 * `exchanged`: an exchange stores them, and a refresh, which has other tokens to lose, only the refresh token.
 */
type Expected = 'stored' | 'rejected' | 'salvaged' | 'exchanged'

const GOOD = {
  access_token: 'new-a-canary',
  token_type: 'bearer',
  expires_in: 3600,
  refresh_token: 'new-r-canary',
}
const OLD = { access_token: 'old-a-canary', refresh_token: 'old-r-canary' }
const SECRET = 'secret/+ canary'
/** The same text, so that each response echoes what its request sent. */
const CODE = OLD.refresh_token

const join = (...parts: readonly Bytes[]): Uint8Array => Buffer.concat(parts.map(part => Buffer.from(part)))

/** Returns an HTTP response with this body. */
const http = (
  body: Bytes,
  headers: readonly string[] = ['Content-Type: application/json'],
  status = '200 OK',
): Bytes =>
  join(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`,
    headers.map(line => `${line}\r\n`).join(''),
    '\r\n',
    body,
  )
const json = (value: unknown): Bytes => http(JSON.stringify(value))
const good = (more: object = {}): Bytes => json({ ...GOOD, ...more })
const raw = (head: string, body: Bytes = JSON.stringify(GOOD)): Bytes => join(`${head}\r\n\r\n`, body)
/** Returns the good response with a member whose value is this JSON text. */
const member = (name: string, text: string): Bytes =>
  http(JSON.stringify(GOOD).replace('{', `{"${name}":${text},`))
/** Returns the good response with the value of a member replaced by this JSON text. */
const replaced = (name: keyof typeof GOOD, text: string): Bytes =>
  http(JSON.stringify(GOOD).replace(new RegExp(`("${name}":)("[^"]*"|\\d+)`), (_, key: string) => key + text))
const nested = (depth: number, open = '{"a":', close = '}'): string =>
  open.repeat(depth) + '1' + close.repeat(depth)
const TEXT = JSON.stringify(GOOD)
const LENGTH = `Content-Length: ${TEXT.length}`

const RESPONSES: Readonly<
  Record<string, readonly (readonly [title: string, response: Bytes, expected: Expected])[]>
> = {
  nesting: [
    ['1,000 levels', member('x', nested(1_000)), 'stored'],
    ['5,000 levels in id_token', member('id_token', nested(5_000)), 'stored'],
    [
      '5,000 levels, cut off',
      raw(`HTTP/1.1 200 OK\r\nContent-Length: 9999999`, `{"x":${nested(5_000)},${TEXT.slice(1)}`),
      'salvaged',
    ],
    ['5,000 objects', member('x', nested(5_000)), 'stored'],
    ['5,000 arrays', member('x', nested(5_000, '[', ']')), 'stored'],
    ['100,000 objects', member('x', nested(100_000)), 'stored'],
    ['100,000 arrays', member('x', nested(100_000, '[', ']')), 'stored'],
    ['5,000 levels in scope', member('scope', nested(5_000)), 'stored'],
    ['5,000 levels in place of the access token', replaced('access_token', nested(5_000)), 'rejected'],
    ['5,000 levels around everything', http(nested(5_000)), 'rejected'],
    ['5,000 brackets that never close', http('['.repeat(5_000)), 'rejected'],
    [
      'an error of 5,000 levels',
      http(`{"error":${nested(5_000)}}`, undefined, '400 Bad Request'),
      'rejected',
    ],
  ],
  size: [
    ['a member of 60 kB', good({ x: 'x'.repeat(60_000) }), 'stored'],
    ['a member of 900 kB', good({ x: 'x'.repeat(900_000) }), 'stored'],
    [
      '50,000 members',
      good(Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`m${n}`, n]))),
      'stored',
    ],
    ['2 MB before the tokens', http(`{"x":"${'x'.repeat(2_000_000)}",${TEXT.slice(1)}`), 'rejected'],
    ['2 MB of white space after the tokens', http(TEXT + ' '.repeat(2_000_000)), 'stored'],
    ['a name of 100 kB', member('n'.repeat(100_000), '1'), 'stored'],
    ['an access token of 500 kB', replaced('access_token', `"${'a'.repeat(500_000)}"`), 'stored'],
    [
      'an error of 900 kB',
      http(`{"error":"${'e'.repeat(900_000)}"}`, undefined, '400 Bad Request'),
      'rejected',
    ],
  ],
  members: [
    ['the access token twice', member('access_token', '"first"'), 'exchanged'],
    ['__proto__ with tokens, and tokens', member('__proto__', '{"access_token":"evil"}'), 'exchanged'],
    ['tokens in __proto__ only', http(`{"__proto__":${TEXT}}`), 'salvaged'],
    ['tokens in constructor.prototype only', http(`{"constructor":{"prototype":${TEXT}}}`), 'rejected'],
    [
      'constructor, toString, valueOf',
      good({ constructor: 1, toString: 1, valueOf: 1, hasOwnProperty: 1 }),
      'stored',
    ],
    ['then and toJSON', good({ then: 'x', toJSON: 'x', catch: {} }), 'stored'],
    [
      'length and a symbol by name',
      good({ length: 1e9, '@@iterator': 1, 'Symbol(nodejs.util.inspect.custom)': 1 }),
      'stored',
    ],
    ['an empty name', good({ '': 1 }), 'stored'],
    ['expires_at of its own', good({ expires_at: 1 }), 'stored'],
    [
      'names of a record',
      good({ v: 9, family: 'x', generation: 1e9, status: 'signedOut', tokens: {}, lease: {} }),
      'stored',
    ],
    ['error null beside tokens', good({ error: null }), 'stored'],
    ['error beside tokens', good({ error: 'invalid_grant' }), 'rejected'],
  ],
  'the access token': [
    ['a number', replaced('access_token', '7'), 'salvaged'],
    ['a number beyond 2^53', replaced('access_token', '9007199254740993'), 'rejected'],
    ['null', replaced('access_token', 'null'), 'rejected'],
    ['true', replaced('access_token', 'true'), 'rejected'],
    ['an object', replaced('access_token', '{"length":5}'), 'rejected'],
    ['an array', replaced('access_token', '["a"]'), 'rejected'],
    ['empty', replaced('access_token', '""'), 'rejected'],
    ['a space', replaced('access_token', '"a b"'), 'rejected'],
    ['a line break, as of a header', replaced('access_token', '"a\\r\\nX-Evil: 1"'), 'rejected'],
    ['NUL', replaced('access_token', '"a\\u0000b"'), 'rejected'],
    ['a terminal sequence', replaced('access_token', '"\\u001b[2J"'), 'rejected'],
    ['a letter beyond ASCII', replaced('access_token', '"é"'), 'rejected'],
    ['half of a character', replaced('access_token', '"\\ud800"'), 'rejected'],
    ['undefined as text', replaced('access_token', 'undefined'), 'rejected'],
    ['missing', json({ token_type: 'bearer', refresh_token: 'new-r-canary' }), 'rejected'],
  ],
  'other members': [
    ['a refresh token that is a number', replaced('refresh_token', '7'), 'stored'],
    ['a refresh token that is null', replaced('refresh_token', 'null'), 'stored'],
    ['a refresh token that is an object', replaced('refresh_token', '{}'), 'stored'],
    ['a refresh token with a line break', replaced('refresh_token', '"a\\nb"'), 'stored'],
    ['a refresh token that is empty', replaced('refresh_token', '""'), 'stored'],
    ['a token_type that is a number', replaced('token_type', '7'), 'rejected'],
    ['a token_type that is null', replaced('token_type', 'null'), 'rejected'],
    ['another token_type', replaced('token_type', '"mac"'), 'rejected'],
    ['a token_type in capitals', replaced('token_type', '"BEARER"'), 'stored'],
    ['a scope that is a number', member('scope', '7'), 'stored'],
    ['a scope with a line break', member('scope', '"a\\nb"'), 'stored'],
    ['an id_token that is an object', member('id_token', '{"sub":"x"}'), 'stored'],
    ['an account_id beyond 2^53', member('account_id', '9007199254740993'), 'stored'],
  ],
  lifetimes: [
    ...['9007199254740993', '1e308', '1e999', '-1e999', '-1', '0', '-0', '0.5', '1e-320'].map(
      text => [text, replaced('expires_in', text), 'stored'] as const,
    ),
    ...['"3600"', '"1e3"', '"soon"', '""', '" 7 "', '"0x10"', 'null', 'true', '{}', '[3600]'].map(
      text => [text, replaced('expires_in', text), 'stored'] as const,
    ),
    ...['NaN', 'Infinity', '+1', '0x10', '1_000', '.5'].map(
      text => [text, replaced('expires_in', text), 'rejected'] as const,
    ),
  ],
  encoding: [
    ['a byte order mark', http(`\ufeff${TEXT}`), 'stored'],
    ['two byte order marks', http(`\ufeff\ufeff${TEXT}`), 'stored'],
    ['UTF-16', http(Buffer.from(`\ufeff${TEXT}`, 'utf16le')), 'rejected'],
    [
      'UTF-16 by charset',
      http(Buffer.from(TEXT, 'utf16le'), ['Content-Type: application/json; charset=utf-16le']),
      'rejected',
    ],
    [
      'invalid UTF-8 in the access token',
      http(Buffer.from(TEXT.replace('new-a', 'n\xffw'), 'latin1')),
      'rejected',
    ],
    [
      'invalid UTF-8 in another member',
      http(Buffer.from(TEXT.replace('{', '{"x":"\xc3\x28\xed\xa0\x80",'), 'latin1')),
      'stored',
    ],
    ['overlong UTF-8', http(Buffer.from(TEXT.replace('new-a', 'n\xc0\xafw'), 'latin1')), 'rejected'],
    ['a NUL before the JSON', http(`\0${TEXT}`), 'rejected'],
    ['a NUL after the JSON', http(`${TEXT}\0`), 'rejected'],
    ['only NULs', http('\0'.repeat(1_000)), 'rejected'],
    ['names in escapes', http(TEXT.replace('access_token', 'access\\u005ftoken')), 'stored'],
  ],
  syntax: [
    ['nothing', http(''), 'rejected'],
    ['null', http('null'), 'rejected'],
    ['an array of tokens', http(`[${TEXT}]`), 'salvaged'],
    ['a string', http(JSON.stringify(TEXT)), 'rejected'],
    ['a number', http('7'), 'rejected'],
    ['text after the JSON', http(`${TEXT} x`), 'salvaged'],
    ['two objects', http(TEXT + TEXT), 'rejected'],
    ['a comment', http(`/* */${TEXT}`), 'rejected'],
    ['a comma at the end', http(TEXT.replace('}', ',}')), 'rejected'],
    ['single quotes', http(TEXT.replaceAll('"', "'")), 'rejected'],
    ['JSONP', http(`callback(${TEXT})`), 'rejected'],
    ['a guard against JSON hijacking', http(`)]}',\n${TEXT}`), 'rejected'],
    ['HTML', http(`<!doctype html><p>${TEXT}`, ['Content-Type: text/html']), 'rejected'],
    ['cut off in the access token', http(TEXT.slice(0, 25)), 'rejected'],
    ['cut off after the refresh token', http(TEXT.slice(0, -1)), 'salvaged'],
  ],
  compression: [
    ['gzip', http(gzipSync(TEXT), ['Content-Type: application/json', 'Content-Encoding: gzip']), 'stored'],
    ['gzip that is none', http(TEXT, ['Content-Encoding: gzip']), 'rejected'],
    ['gzip that is cut off', http(gzipSync(TEXT).subarray(0, 30), ['Content-Encoding: gzip']), 'rejected'],
    ['gzip of 50 MB', http(gzipSync('x'.repeat(50_000_000)), ['Content-Encoding: gzip']), 'rejected'],
    ['gzip without saying so', http(gzipSync(TEXT)), 'rejected'],
    ['deflate', http(deflateSync(TEXT), ['Content-Encoding: deflate']), 'stored'],
    ['brotli that is none', http(TEXT, ['Content-Encoding: br']), 'rejected'],
    ['an unknown encoding', http(TEXT, ['Content-Encoding: x-evil']), 'stored'],
    ['twenty encodings', http(TEXT, [`Content-Encoding: ${Array(20).fill('gzip').join(', ')}`]), 'rejected'],
  ],
  headers: [
    ['no content type', http(TEXT, []), 'stored'],
    ['the content type of HTML', http(TEXT, ['Content-Type: text/html']), 'stored'],
    [
      'two content types',
      http(TEXT, ['Content-Type: text/html', 'Content-Type: application/json']),
      'stored',
    ],
    ['a content type of nonsense', http(TEXT, ['Content-Type: ;;;,,=']), 'stored'],
    ['a header with a NUL', http(TEXT, ['X-Evil: a\0b']), 'rejected'],
    ['a header without a colon', http(TEXT, ['evil']), 'rejected'],
    ['a header of 200 kB', http(TEXT, [`X-Evil: ${'x'.repeat(200_000)}`]), 'rejected'],
    [
      '5,000 headers',
      http(
        TEXT,
        Array.from({ length: 5_000 }, (_, n) => `X-${n}: 1`),
      ),
      'rejected',
    ],
    ['__proto__ as a header', http(TEXT, ['__proto__: evil', 'constructor: evil']), 'stored'],
    ['a Location', http(TEXT, ['Location: https://evil.example/']), 'stored'],
    ['a redirect', http(TEXT, ['Location: https://evil.example/'], '302 Found'), 'rejected'],
    ['a redirect to nowhere', http(TEXT, ['Location: //'], '307 Temporary Redirect'), 'rejected'],
    ['two lengths', raw(`HTTP/1.1 200 OK\r\n${LENGTH}\r\nContent-Length: 5`), 'rejected'],
    ['a negative length', raw('HTTP/1.1 200 OK\r\nContent-Length: -1'), 'rejected'],
    ['a length of nonsense', raw('HTTP/1.1 200 OK\r\nContent-Length: many'), 'rejected'],
    ['a length beyond 2^53', raw('HTTP/1.1 200 OK\r\nContent-Length: 9007199254740993'), 'stored'],
    ['a length that is too long', raw(`HTTP/1.1 200 OK\r\nContent-Length: ${TEXT.length + 5}`), 'stored'],
    [
      'a length that cuts the JSON off',
      raw('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20'),
      'rejected',
    ],
    [
      'a length and chunks',
      raw(`HTTP/1.1 200 OK\r\n${LENGTH}\r\nTransfer-Encoding: chunked`, `5\r\n${TEXT}`),
      'rejected',
    ],
    [
      'chunks of a wrong size',
      raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked', `zz\r\n${TEXT}\r\n0\r\n\r\n`),
      'rejected',
    ],
    [
      'chunks that never end',
      raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked', `${TEXT.length.toString(16)}\r\n${TEXT}\r\n`),
      'stored',
    ],
  ],
  'status lines': [
    ['status 201', http(TEXT, undefined, '201 Created'), 'stored'],
    ['status 204 with a body', raw('HTTP/1.1 204 No Content\r\nConnection: close'), 'rejected'],
    ['status 299', http(TEXT, undefined, '299 Odd'), 'stored'],
    ['status 304', raw('HTTP/1.1 304 Not Modified\r\nConnection: close'), 'rejected'],
    ['status 400 with tokens', http(TEXT, undefined, '400 Bad Request'), 'rejected'],
    ['status 500 with tokens', http(TEXT, undefined, '500 Oops'), 'rejected'],
    ['status 999', http(TEXT, undefined, '999 Odd'), 'rejected'],
    ['status 000', http(TEXT, undefined, '000 Odd'), 'rejected'],
    ['a reason with tokens', http('', undefined, '500 new-a-canary'), 'rejected'],
    ['100 continues', join('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100), http(TEXT)), 'rejected'],
    ['HTTP/0.9', TEXT, 'rejected'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.0\r\n', 'rejected'],
    ['a closed connection', '', 'rejected'],
    ['half of a status line', 'HTTP/1.1 2', 'rejected'],
  ],
  'echoed secrets': [
    ...[
      (secret: string) => secret,
      encodeURIComponent,
      (secret: string) => [...secret].map(c => `\\u00${c.charCodeAt(0).toString(16)}`).join(''),
    ].flatMap((spelled, n) =>
      (['error', 'error_description', 'message'] as const).map(
        name =>
          [
            `${name}, spelling ${n}`,
            http(
              `{"error":"invalid_request","${name}":"${[SECRET, CODE].map(spelled).join(' ')}"}`,
              undefined,
              '400 Bad Request',
            ),
            'rejected',
          ] as const,
      ),
    ),
    [
      'an error_description with tokens',
      http(
        `{"error":"x","error_description":"${SECRET}","access_token":"new-a-canary"}`,
        undefined,
        '401 No',
      ),
      'rejected',
    ],
    [
      'a page with everything',
      http(`<pre>${SECRET} ${CODE} ${TEXT}</pre>`, ['Content-Type: text/html'], '502 Bad'),
      'rejected',
    ],
  ],
}

let server: Server
let url = ''
let response: Bytes = ''
beforeAll(async () => {
  // It sends the response once the whole request has arrived, or the connection would be reset.
  server = createServer(socket => {
    let received = ''
    socket.on('error', () => {})
    socket.on('data', data => {
      received += data.toString('latin1')
      const [, length = '0'] = /content-length: (\d+)/i.exec(received) ?? []
      const [, body = ''] = /\r\n\r\n(.*)/s.exec(received) ?? []
      if (received.includes('\r\n\r\n') && body.length >= Number(length)) socket.end(response)
    })
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

function clientOf(store = new MemoryTokenStore()) {
  const provider = defineProvider({
    name: 'as',
    authorizationEndpoint: `${url}/authorize`,
    tokenEndpoint: `${url}/token`,
    clientAuthentication: 'client_secret_post',
    pkce: 'none',
  })
  return new Client({
    client_id: 'id',
    client_secret: SECRET,
    provider,
    store,
    transport: counted(fetchTransport()),
    clock: hastyClock(),
    logger: { warn() {} },
    maxWaitMs: 0,
  })
}

/** Expects an error of Latchkey that repeats no secret, wherever it is printed. */
function expectSafe(error: unknown): void {
  expect(error).toBeInstanceOf(LatchkeyError)
  const printed = [
    inspect(error, { depth: Infinity, showHidden: true }),
    JSON.stringify(error),
    String((error as Error).stack),
  ]
  const decoded = (text: string): string =>
    text.replace(/\\+u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
  for (const text of printed) expect(decoded(text)).not.toMatch(/canary/)
}

let cases = 0
describe.each(Object.keys(RESPONSES))('%s', kind => {
  for (const [title, bytes, expected] of RESPONSES[kind]!) {
    cases += 2
    test(`an exchange: ${title}`, async () => {
      response = bytes
      const store = new MemoryTokenStore()
      const client = clientOf(store)
      const auth = client.Authorize.byCode()
      const outcome = await auth
        .authorize(`/?code=${CODE}&state=${auth.state}`)
        .catch((error: unknown) => error)
      const tokens = await clientOf(store).tokens()
      if (expected === 'stored' || expected === 'exchanged') {
        expect(outcome).not.toBeInstanceOf(Error)
        expect({ ...tokens }).toEqual({ ...(outcome as object) })
        expect(tokens!.token_type).toMatch(/^bearer$/i)
      } else {
        expectSafe(outcome)
        expect(tokens).toBeUndefined()
      }
      expect(Object.keys(Object.prototype)).toEqual([])
    })

    test(`a refresh: ${title}`, async () => {
      response = bytes
      const store = new MemoryTokenStore()
      const client = clientOf(store)
      await client.import(OLD)
      const outcome = await client.Authorize.regenerateFromRefreshToken().catch((error: unknown) => error)
      const { access_token, refresh_token } = (await clientOf(store).tokens())!
      if (expected === 'stored') {
        if (outcome instanceof Error) throw outcome
        expect(access_token).toBe((outcome as typeof OLD).access_token)
        expect([OLD.refresh_token, GOOD.refresh_token]).toContain(refresh_token)
      } else {
        expectSafe(outcome)
        expect(access_token).toBe(OLD.access_token)
        expect(
          expected === 'salvaged' || expected === 'exchanged'
            ? [GOOD.refresh_token]
            : [OLD.refresh_token, GOOD.refresh_token],
        ).toContain(refresh_token)
      }
    })
  }
})

test('there are at least 200 cases', () => {
  expect(cases).toBeGreaterThanOrEqual(200)
})
