import { describe, expect, test } from '@jest/globals'
import type { Failure, FailureCode } from '../src/keeper/index.ts'
import { kindOf } from '../src/failure.ts'
import type { Provider } from '../src/index.ts'
import { clientSecretBasic } from '../src/provider/index.ts'
import type { HttpResponse } from '../src/ports/index.ts'
import {
  answer,
  answered,
  credentials,
  failureIn,
  NOW,
  OLD_REFRESH_TOKEN,
  REQUESTS,
  strict,
} from './support.ts'

/** Returns Imgur's envelope a, with its slashes escaped as on the wire. */
function envelope(error: string, httpStatus: number, bodyStatus = httpStatus): HttpResponse {
  const data = { error, request: '/oauth2/token', method: 'POST' }
  const text = JSON.stringify({ data, success: false, status: bodyStatus }).replaceAll('/', '\\/')
  return { status: httpStatus, headers: { 'content-type': 'application/json' }, body: text }
}

const json = (status: number, data: unknown): HttpResponse => answer(status, { data, success: false, status })

/** Returns the end of a message: what would help. */
function remedy({ code, isWordless, status }: Failure, request: string): string {
  if (code === 'misconfigured' && status === 404) return `: check the endpoint ${ENDPOINT}`
  return code === 'unrecognized' && !isWordless && request === 'refresh'
    ? '; if they mean that the user must sign in again, describe these words in quirks.errors'
    : ''
}

const ENDPOINT = 'https://api.imgur.com/oauth2/token'

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
    code: 'unrecognized',
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
    code: 'unrecognized',
    message: 'imgur says: 429 (HTTP 400)',
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
    code: 'unrecognized',
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
    code: 'unrecognized',
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
    code: 'misconfigured',
    message: 'imgur sent text without a reason (HTTP 404)',
  },
  {
    title: 'h: a gateway in front of it',
    response: answer(403, { message: 'Invalid Mashape key' }),
    code: 'unrecognized',
    message: 'imgur says: Invalid Mashape key (HTTP 403)',
  },
  {
    title: 'i: an empty body',
    response: answer(500, ''),
    code: 'transient',
    message: 'imgur sent an empty response (HTTP 500)',
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
  [403, 'Unauthorized', 'unrecognized'],
  [429, 'Daily client requests exceeded', 'transient'],
  [400, FORBIDDEN, 'transient'],
  [403, OVER_CAPACITY, 'transient'],
  [500, OVER_CAPACITY, 'transient'],
]

describe.each(REQUESTS)('as the response to a %s request', (name, come) => {
  test.each(ENVELOPES.map(row => [row.title, row] as const))('Imgur, recorded envelopes: %s', (_, row) => {
    const { body, status } = row.response
    const failure = failureIn(come(row.response))
    expect(failure).toMatchObject({ code: row.code, status, body })
    expect(failure.message).toBe(row.message + remedy(failure, name))
  })

  test.each(RECORDED)('Imgur, recorded errors: HTTP %i %s is %s', (status, words, code) => {
    const failure = failureIn(come(envelope(words, status)))
    expect(failure).toMatchObject({ code, status })
    expect(failure.message).toBe(`imgur says: ${words} (HTTP ${status})${remedy(failure, name)}`)
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
    ['an empty body with status 200', answer(200, ''), 'an empty response'],
    ['no content', { status: 204, headers: {}, body: '' }, 'an empty response'],
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
      'a response that was cut off',
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
      code: 'transient',
      message: `imgur says: ${OVER_CAPACITY} (HTTP 200)`,
    })
    const both = { access_token: 'a1', token_type: 'bearer', error: 'invalid_grant' }
    expect(failureIn(come(answer(200, both), strict))).toMatchObject({
      code: 'invalid_grant',
      message: 'strict says: invalid_grant (HTTP 200)',
    })
  })

  test.each([408, 425, 429, 500, 502, 503, 504])('HTTP %i is transient', status => {
    expect(failureIn(come(answer(status, '<html></html>'), strict))).toMatchObject({
      code: 'transient',
      message: `strict sent text/html without a reason (HTTP ${status})`,
    })
  })

  test.each([302, 307, 404, 405, 410, 415])('HTTP %i comes from another address: misconfigured', status => {
    expect(failureIn(come(answer(status, '<html></html>'), strict))).toMatchObject({
      code: 'misconfigured',
      message: `strict sent text/html without a reason (HTTP ${status}): check the endpoint https://as.example/token`,
    })
  })

  test('a redirect names its Location, without secrets', () => {
    const location = `/o/token/?client_secret=${credentials.client_secret}`
    expect(failureIn(come(answer(301, '', { location }), strict))).toMatchObject({
      code: 'misconfigured',
      message:
        'strict sent an empty response (HTTP 301): check the endpoint https://as.example/token, which redirects to /o/token/?client_secret=[redacted]',
    })
  })

  test.each([
    ['an empty body', 400, ''],
    ['HTML', 403, '<html>Forbidden</html>'],
    ['plain text', 401, 'Unauthorized'],
    ['JSON without words', 400, {}],
    ['a number', 400, 17],
    ['a text in JSON', 400, '"gone"'],
    ['an array of nothing', 422, []],
    ['words with a status that no token endpoint uses', 418, { error: 'teapot' }],
    ['payment required', 402, { error: 'pay' }],
  ])('%s is unrecognized, and does not count as a refusal: HTTP %i', (_, status, body) => {
    expect(failureIn(come(answer(status, body), strict))).toMatchObject({
      code: 'unrecognized',
      isWordless: true,
    })
  })

  test.each<[string, number, unknown, string]>([
    ['error', 400, { error: 'gone' }, 'gone'],
    ['error and error_description', 403, { error: 'gone', error_description: 'Bye.' }, 'gone: Bye.'],
    ['message', 422, { message: 'Bad Request' }, 'Bad Request'],
    ['reason', 400, { reason: 'token gone' }, 'token gone'],
    ['errcode and errmsg with HTTP 200', 200, { errcode: 40029, errmsg: 'gone' }, '40029: gone'],
    ['detail', 401, { title: 'No', detail: 'It is gone.' }, 'No: It is gone.'],
    [
      'errors[], as from Strava',
      400,
      {
        message: 'Bad Request',
        errors: [{ resource: 'RefreshToken', field: 'refresh_token', code: 'invalid' }],
      },
      'Bad Request: refresh_token: invalid',
    ],
    ['errors[] of texts', 400, { errors: ['one', 'two'] }, 'one: two'],
    ['an object in error', 400, { error: { code: 100, message: 'gone', type: 'X' } }, '100: gone: X'],
    ['an object in fault', 401, { fault: { detail: { errorcode: 'x', reason: 'gone' } } }, 'x: gone'],
    ['an object in data', 400, { data: { error: 'gone' } }, 'gone'],
    ['an array at the top', 400, [{ errorCode: 'GONE', message: 'It is gone' }], 'GONE: It is gone'],
  ])('words are quoted wherever they stand: %s', (_, status, body, words) => {
    const failure = failureIn(come(answer(status, body), strict))
    expect(failure).toMatchObject({ code: 'unrecognized' })
    expect(failure).not.toHaveProperty('isWordless')
    expect(failure.message).toBe(`strict says: ${words} (HTTP ${status})${remedy(failure, name)}`)
  })

  test.each([
    ['error_description', { error: 'bad', error_description: 'invalid_grant' }],
    ['errors[]', { message: 'Bad Request', errors: [{ code: 'invalid_grant' }] }],
    ['a nested object', { error: { reason: 'invalid_grant' } }],
  ])('a known word counts wherever it stands: %s', (_, body) => {
    expect(failureIn(come(answer(400, body), strict)).code).toBe('invalid_grant')
  })

  test.each(['login_required', 'interaction_required', 'consent_required', 'account_selection_required'])(
    'OpenID Connect Core 3.1.2.6: after %s the user must sign in again',
    error => {
      const failure = failureIn(come(answer(400, { error }), strict))
      expect(failure.code).toBe('interaction_required')
      expect(kindOf(failure.code)).toBe('reauth')
    },
  )

  test('invalid_client says how the client authenticated', () => {
    const response = answer(401, { error: 'invalid_client' })
    const messageOf = (provider: Provider): string => failureIn(come(response, provider)).message
    const says = 'strict says: invalid_client (HTTP 401): '
    const basic = clientSecretBasic
    expect(messageOf(strict)).toBe(`${says}the client_secret was sent in the body`)
    expect(messageOf({ ...strict, clientAuthentication: basic })).toBe(
      `${says}the client_secret was sent by HTTP Basic`,
    )
    expect(messageOf({ ...strict, clientAuthentication: 'none' })).toBe(`${says}no client_secret was sent`)
  })

  test.each<[string, number, FailureCode, FailureCode?]>([
    ['invalid_grant', 400, 'invalid_grant'],
    ['invalid_request', 400, 'misconfigured', 'unrecognized'],
    ['unauthorized_client', 403, 'misconfigured', 'unrecognized'],
    ['invalid_scope', 400, 'misconfigured', 'unrecognized'],
    ['unsupported_grant_type', 400, 'misconfigured'],
    ['access_denied', 400, 'unrecognized'],
    ['slow_down', 400, 'unrecognized'],
    ['expired_token', 400, 'unrecognized'],
    ['server_error', 400, 'transient'],
    ['temporarily_unavailable', 400, 'transient'],
    ['constructor', 400, 'unrecognized'],
    ['__proto__', 400, 'unrecognized'],
    ['invalid_grant', 503, 'transient'],
    ['invalid_client', 429, 'transient'],
  ])(
    'RFC 6749 section 5.2: %s with HTTP %i is %s, at a refresh %s',
    (error, status, code, atRefresh = code) => {
      const expected = name === 'refresh' ? atRefresh : code
      const failure = failureIn(come(answer(status, { error, error_description: 'Because.' }), strict))
      expect(failure).toMatchObject({ code: expected })
      const help = error === 'invalid_client' ? ': the client_secret was sent in the body' : ''
      expect(failure.message).toBe(
        `strict says: ${error}: Because. (HTTP ${status})${help}${remedy(failure, name)}`,
      )
    },
  )

  test('control characters and bidi overrides are stripped, and 300 characters are the limit', () => {
    const nasty = `Sorry\r\n\t\u0000\u001b[31m \u202e\u2066\u200b\ufeff\ud800 ${'😀 words '.repeat(100)}`
    const { message } = failureIn(come(json(400, { error: nasty })))
    expect(message).toMatch(/^imgur says: Sorry \[31m (😀 words )+/u)
    expect(message).not.toMatch(/[\p{C}\r\n]/u)
    const providerMessage = message.slice('imgur says: '.length, message.indexOf(' (HTTP 400)'))
    expect(providerMessage.length).toBeGreaterThan(250)
    expect(providerMessage.length).toBeLessThanOrEqual(300)
  })

  test('the failure has the body, at most 4,096 characters of it', () => {
    const page = '<p>Sorry</p>'.repeat(1000)
    expect(failureIn(come(answer(503, page))).body).toBe(page.slice(0, 4096))
  })

  test('a body of 1 MiB that looks like secrets everywhere is read in linear time', () => {
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
      expect(performance.now() - began).toBeLessThan(10_000) // by the square it takes minutes
    }
  })
})

describe('RFC 9110 section 10.2.3: Retry-After', () => {
  const SOON = NOW + 1_000
  const LATEST = NOW + 21_600_000

  test.each([
    ['seconds', '7', NOW + 7_000],
    ['seconds with white space', ' 7 ', NOW + 7_000],
    ['zero: wait at least a second', '0', SOON],
    ['a date in the future', new Date(NOW + 60_000).toUTCString(), NOW + 60_000],
    ['a date in the past: wait at least a second', new Date(NOW - 60_000).toUTCString(), SOON],
    ['now', new Date(NOW).toUTCString(), SOON],
    ['more than six hours', '86400', LATEST],
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

test('an error nested 5,000 levels deep has no words, and does no harm', () => {
  const deep = '{"error":'.repeat(5_000) + '1' + '}'.repeat(5_000)
  expect(failureIn(answered.code(answer(400, deep), strict))).toMatchObject({ code: 'unrecognized' })
})
