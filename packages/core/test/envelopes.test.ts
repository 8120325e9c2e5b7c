import { describe, expect, test } from '@jest/globals'
import type { FailureCode } from '../src/keeper/index.ts'
import type { HttpResponse } from '../src/ports/index.ts'
import { answer, answered, failureIn, NOW, OLD_REFRESH_TOKEN, REQUESTS, strict } from './support.ts'

/** Returns Imgur's envelope a, with its slashes escaped as on the wire. */
function envelope(error: string, httpStatus: number, bodyStatus = httpStatus): HttpResponse {
  const data = { error, request: '/oauth2/token', method: 'POST' }
  const text = JSON.stringify({ data, success: false, status: bodyStatus }).replaceAll('/', '\\/')
  return { status: httpStatus, headers: { 'content-type': 'application/json' }, body: text }
}

const json = (status: number, data: unknown): HttpResponse => answer(status, { data, success: false, status })

interface Row {
  readonly title: string
  readonly response: HttpResponse
  readonly code: FailureCode
  readonly message: string
}

const OVER_CAPACITY = 'Imgur is temporarily over capacity. Please try again later.'
const FORBIDDEN = 'These actions are forbidden.'

const ENVELOPES: readonly Row[] = [
  {
    title: 'a: data.error, request and method',
    response: envelope('Unauthorized', 403),
    code: 'transient',
    message: 'imgur says: Unauthorized (HTTP 403)',
  },
  {
    title: 'b: data.error alone, over capacity with 500',
    response: json(500, { error: OVER_CAPACITY }),
    code: 'transient',
    message: `imgur says: ${OVER_CAPACITY} (HTTP 500)`,
  },
  {
    title: 'b: data.error alone, over capacity with 403',
    response: json(403, { error: OVER_CAPACITY }),
    code: 'transient',
    message: `imgur says: ${OVER_CAPACITY} (HTTP 403)`,
  },
  {
    title: 'b: data.error alone, a blocked IP address',
    response: json(400, { error: FORBIDDEN }),
    code: 'transient',
    message: `imgur says: ${FORBIDDEN} (HTTP 400)`,
  },
  {
    title: 'c: data.error is an object',
    response: json(429, {
      error: { code: 429, message: 'You are too fast.', type: 'ImgurException', exception: [] },
    }),
    code: 'transient',
    message: 'imgur says: You are too fast. (HTTP 429)',
  },
  {
    title: 'c: data.error is an object, with the status of another error',
    response: json(400, {
      error: { code: 429, message: 'You are too fast.', type: 'ImgurException', exception: {} },
    }),
    code: 'transient',
    message: 'imgur says: You are too fast. (HTTP 400)',
  },
  {
    title: 'c: data.error is an object of only a code',
    response: json(400, { error: { code: 429 } }),
    code: 'transient',
    message: 'imgur sent application/json without a reason (HTTP 400)',
  },
  {
    title: 'd: data is a text',
    response: json(500, 'An error occurred'),
    code: 'transient',
    message: 'imgur says: An error occurred (HTTP 500)',
  },
  {
    title: 'e: data is false',
    response: json(400, false),
    code: 'transient',
    message: 'imgur sent application/json without a reason (HTTP 400)',
  },
  {
    title: 'f: JSON:API',
    response: answer(429, {
      errors: [{ id: 'legacy-api-1', code: '429', status: 'Too Many Requests', detail: 'Too Many Requests' }],
    }),
    code: 'transient',
    message: 'imgur says: Too Many Requests (HTTP 429)',
  },
  {
    title: 'g: an HTML page',
    response: answer(
      400,
      "<html><body>Woah there! The information you sent wasn't quite correct…</body></html>",
    ),
    code: 'transient',
    message: 'imgur sent text/html without a reason (HTTP 400)',
  },
  {
    title: 'g: an HTML page of a cache in front of it',
    response: answer(503, '<html>Error 503 first byte timeout</html>', {
      'content-type': 'text/html; charset=utf-8',
    }),
    code: 'transient',
    message: 'imgur sent text/html; charset=utf-8 without a reason (HTTP 503)',
  },
  {
    title: 'g: XML after white space',
    response: answer(504, '\r\n <xml></xml>', { 'content-type': 'application/xml' }),
    code: 'transient',
    message: 'imgur sent application/xml without a reason (HTTP 504)',
  },
  {
    title: 'g: plain text without a content type',
    response: { status: 404, headers: {}, body: 'Not Found' },
    code: 'transient',
    message: 'imgur sent text without a reason (HTTP 404)',
  },
  {
    title: 'h: a gateway in front of it',
    response: answer(403, { message: 'Invalid Mashape key' }),
    code: 'transient',
    message: 'imgur says: Invalid Mashape key (HTTP 403)',
  },
  {
    title: 'i: an empty body',
    response: answer(500, ''),
    code: 'transient',
    message: 'imgur sent an empty answer (HTTP 500)',
  },
]

const RECORDED: readonly (readonly [number, string, FailureCode])[] = [
  [400, 'Invalid refresh token', 'invalid_grant'],
  [400, "Refresh token doesn't exist or is invalid for the client", 'invalid_grant'],
  [400, 'Refresh token has expired', 'invalid_grant'],
  [400, 'Invalid Pin', 'invalid_grant'],
  [400, 'The authorization code has expired', 'invalid_grant'],
  [400, 'Missing parameter. "code" is required', 'misconfigured'],
  [400, 'No client id supplied', 'misconfigured'],
  [400, 'client_id and response_type are required', 'misconfigured'],
  [400, 'The redirect URI provided is missing or does not match', 'misconfigured'],
  [400, 'The redirect URI is missing or do not match', 'misconfigured'],
  [400, 'redirect_uri_mismatch', 'misconfigured'],
  [400, 'No redirect URL was supplied or stored.', 'misconfigured'],
  [400, 'Invalid grant_type parameter or parameter missing', 'misconfigured'],
  [400, 'Client id was not found in the headers or body', 'misconfigured'],
  [400, 'Client id does not exist', 'misconfigured'],
  [400, 'The client credentials are invalid', 'misconfigured'],
  [400, 'The grant type is unauthorized for this client_id', 'misconfigured'],
  [400, 'No "refresh_token" parameter found', 'misconfigured'],
  [403, 'Invalid client_id', 'misconfigured'],
  [403, 'Unauthorized', 'transient'],
  [429, 'Daily client requests exceeded', 'transient'],
  [400, FORBIDDEN, 'transient'],
  [403, OVER_CAPACITY, 'transient'],
  [500, OVER_CAPACITY, 'transient'],
]

describe.each(REQUESTS)('as the response to a %s request', (name, come) => {
  test.each(ENVELOPES.map(row => [row.title, row] as const))('Imgur, recorded envelopes: %s', (_, row) => {
    const { body, status } = row.response
    expect(failureIn(come(row.response))).toMatchObject({
      code: row.code,
      message: row.message,
      status,
      body,
    })
  })

  test.each(RECORDED)('Imgur, recorded errors: HTTP %i %s is %s', (status, words, code) => {
    expect(failureIn(come(envelope(words, status)))).toMatchObject({
      code,
      message: `imgur says: ${words} (HTTP ${status})`,
      status,
    })
  })

  test('after an error, a flow that needs the user waits again, and a refresh has failed', () => {
    expect(come(envelope('Invalid Pin', 400)).type).toMatch(name === 'refresh' ? /^failed$/ : /^awaiting/)
  })

  test.each([
    [429, 400, 'transient'],
    [429, 500, 'transient'],
    [429, 200, 'transient'],
    [503, 400, 'transient'],
    [400, 1203, 'invalid_grant'],
    [400, 429, 'invalid_grant'],
    [400, 200, 'invalid_grant'],
  ])('HTTP %i counts, not the %i in the body', (http, inBody, code) => {
    expect(failureIn(come(envelope('Invalid refresh token', http, inBody)))).toMatchObject({
      code,
      status: http,
    })
  })

  test.each([
    ['HTML with status 200', answer(200, '<html>Error (1024)</html>'), 'text/html without a reason'],
    ['an empty body with status 200', answer(200, ''), 'an empty answer'],
    ['no content', { status: 204, headers: {}, body: '' }, 'an empty answer'],
    ['JSON null', answer(200, null), 'application/json without a reason'],
    ['JSON false', answer(200, false), 'application/json without a reason'],
    ['a JSON text', answer(200, '"bearer"'), 'no usable access_token'],
    ['a JSON number', answer(200, 3600), 'no usable access_token'],
    ['a JSON array', answer(200, ['access_token']), 'no usable access_token'],
    ['an empty object', answer(200, {}), 'no usable access_token'],
    ['JSON that breaks off', answer(200, '{"access_token":"a1","tok'), 'text/html without a reason'],
    [
      'a truncated body',
      { ...answer(200, { access_token: 'a1', token_type: 'bearer' }), truncated: true as const },
      'an answer that broke off',
    ],
  ])(
    'a response with a 2xx status and no tokens is indeterminate, as the grant may be used: %s',
    (_, response, what) => {
      expect(failureIn(come(response))).toMatchObject({
        code: 'indeterminate',
        message: `imgur sent ${what} (HTTP ${response.status})`,
        status: response.status,
      })
    },
  )

  test('an error with status 200 is still an error, with its own text', () => {
    expect(failureIn(come(envelope('Invalid refresh token', 200)))).toMatchObject({
      code: 'invalid_grant',
      message: 'imgur says: Invalid refresh token (HTTP 200)',
    })
    expect(failureIn(come(json(200, { error: OVER_CAPACITY })))).toMatchObject({
      code: 'indeterminate',
      message: `imgur says: ${OVER_CAPACITY} (HTTP 200)`,
    })
    const both = { access_token: 'a1', token_type: 'bearer', error: 'invalid_grant' }
    expect(failureIn(come(answer(200, both), strict))).toMatchObject({
      code: 'invalid_grant',
      message: 'strict says: invalid_grant (HTTP 200)',
    })
  })

  test.each([302, 307, 404, 405, 500, 502, 503, 504])(
    'HTTP %i without an error text is transient',
    status => {
      expect(failureIn(come(answer(status, '<html></html>'), strict))).toMatchObject({
        code: 'transient',
        message: `strict sent text/html without a reason (HTTP ${status})`,
      })
    },
  )

  test.each([
    ['invalid_grant', 400, 'invalid_grant'],
    ['invalid_request', 400, 'misconfigured'],
    ['invalid_client', 401, 'misconfigured'],
    ['unauthorized_client', 400, 'misconfigured'],
    ['unsupported_grant_type', 400, 'misconfigured'],
    ['invalid_scope', 400, 'misconfigured'],
    ['slow_down', 400, 'transient'],
    ['constructor', 400, 'transient'],
    ['__proto__', 400, 'transient'],
    ['invalid_grant', 503, 'transient'],
    ['invalid_client', 429, 'transient'],
  ])('RFC 6749 section 5.2: %s with HTTP %i is %s', (error, status, code) => {
    expect(failureIn(come(answer(status, { error, error_description: 'Because.' }), strict))).toMatchObject({
      code,
      message: `strict says: ${error}: Because. (HTTP ${status})`,
    })
  })

  test('control characters and bidi overrides are stripped, and 300 characters are the limit', () => {
    const nasty = `Sorry\r\n\t\u0000\u001b[31m \u202e\u2066\u200b\ufeff\ud800 ${'😀 words '.repeat(100)}`
    const { message } = failureIn(come(json(400, { error: nasty })))
    expect(message).toMatch(/^imgur says: Sorry \[31m (😀 words )+/u)
    expect(message).not.toMatch(/[\p{C}\r\n]/u)
    const providerMessage = message.slice('imgur says: '.length, -' (HTTP 400)'.length)
    expect(providerMessage.length).toBeGreaterThan(250)
    expect(providerMessage.length).toBeLessThanOrEqual(300)
  })

  test('the failure has the body, at most 4,096 characters of it', () => {
    const page = '<p>Sorry</p>'.repeat(1000)
    expect(failureIn(come(answer(503, page))).body).toBe(page.slice(0, 4096))
  })

  test('a body of 1 MiB that looks like secrets everywhere is read within a second', () => {
    for (const unit of [
      'a',
      'secret',
      '_token',
      'secret ',
      'secret="\\',
      'secret=',
      ' ',
      '&#',
      '%2',
      '\\u00',
    ]) {
      const began = performance.now()
      failureIn(come(answer(500, unit.repeat(2 ** 20 / unit.length))))
      expect(performance.now() - began).toBeLessThan(1000)
    }
  })
})

describe('RFC 9110 section 10.2.3: Retry-After', () => {
  const SOON = NOW + 1_000
  const LATEST = NOW + 300_000

  test.each([
    ['seconds', '7', NOW + 7_000],
    ['seconds with white space', ' 7 ', NOW + 7_000],
    ['zero: wait at least a second', '0', SOON],
    ['a date in the future', new Date(NOW + 60_000).toUTCString(), NOW + 60_000],
    ['a date in the past: wait at least a second', new Date(NOW - 60_000).toUTCString(), SOON],
    ['now', new Date(NOW).toUTCString(), SOON],
    ['more than five minutes', '86400', LATEST],
    ['a date in ten years', new Date(NOW + 315360000_000).toUTCString(), LATEST],
    ['more digits than a number can hold', '9'.repeat(400), LATEST],
    ['nothing', undefined, undefined],
    ['an empty text', '', undefined],
    ['garbage', 'soon', undefined],
    ['Infinity', 'Infinity', undefined],
    ['a number with a unit', '7s', undefined],
    ['two values', '7, 8, 9 days', undefined],
  ])('%s', (_, header, retryAtMs) => {
    const headers = header === undefined ? undefined : { 'retry-after': header }
    for (const status of [429, 503]) {
      const failure = failureIn(answered.refresh(answer(status, '', headers)))
      expect(failure.retryAtMs).toBe(retryAtMs)
    }
  })

  test.each(['-7', '1e3', '0x10', '7.5', '+7', 'Thu', '2026', ',', '٧'])(
    'the invalid form %s leads to a time within the bounds, or to none',
    header => {
      const { retryAtMs = SOON } = failureIn(answered.refresh(answer(503, '', { 'retry-after': header })))
      expect(retryAtMs).toBeGreaterThanOrEqual(SOON)
      expect(retryAtMs).toBeLessThanOrEqual(LATEST)
    },
  )

  test('it is ignored if waiting cannot resolve the error', () => {
    const response = { ...envelope('Invalid refresh token', 400), headers: { 'retry-after': '7' } }
    expect(failureIn(answered.refresh(response)).retryAtMs).toBeUndefined()
  })
})

test('the failure does not contain the old refresh token', () => {
  const failure = failureIn(answered.refresh(answer(400, `refresh_token=${OLD_REFRESH_TOKEN}`)))
  expect(JSON.stringify(failure)).not.toContain(OLD_REFRESH_TOKEN)
})
