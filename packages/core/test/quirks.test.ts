// Responses of real servers that deviate from RFC 6749. By default they are rejected, with the server's own error text.
// If the provider names the quirk, they are accepted.
import { describe, expect, test } from '@jest/globals'
import { Client, imgur, type Provider } from '../src/index.ts'
import type { Failure } from '../src/keeper/index.ts'
import type { HttpResponse } from '../src/ports/index.ts'
import {
  type TokenResponseQuirk,
  errorAt,
  formEncoded,
  nullMembers,
  type Quirks,
  scopeArray,
  scopeCommas,
  tokensIn as tokensInMember,
  tokenTypeMissing,
  tokenTypes,
} from '../src/provider/index.ts'
import {
  answer,
  answered,
  failureIn,
  NOW,
  OLD_REFRESH_TOKEN,
  REQUESTS,
  returned,
  STATE,
  strict,
  tokensIn,
} from './support.ts'

const named = (quirks: Quirks): Provider => ({ ...strict, quirks })
const withAnswer = (...quirks: TokenResponseQuirk[]): Provider => named({ tokenResponse: quirks })

/** Returns the end of the message of a refresh that was refused with words. */
function remedy({ code, isWordless }: Failure, request: string): string {
  return code === 'unrecognized' && !isWordless && request === 'refresh' ? DESCRIBE_IT : ''
}

const DESCRIBE_IT = '; if they mean that the user must sign in again, describe these words in quirks.errors'

const TOKENS = { access_token: 'a1', token_type: 'bearer' }

/** Non-compliant responses: the response, the quirk that makes it usable, and the resulting tokens. */
const ROWS: readonly (readonly [string, HttpResponse, TokenResponseQuirk | undefined, object, string?])[] = [
  [
    'expires_in as text',
    answer(200, { ...TOKENS, expires_in: '3600' }),
    undefined,
    { expires_in: 3600, expires_at: NOW + 3_600_000 },
  ],
  ['expires_in absent', answer(200, TOKENS), undefined, {}],
  ['expires_in null', answer(200, { ...TOKENS, expires_in: null }), undefined, {}],
  [
    'token_type absent',
    answer(200, { access_token: 'a1' }),
    tokenTypeMissing,
    {},
    "a token_type that is not 'bearer'",
  ],
  [
    'token_type token',
    answer(200, { ...TOKENS, token_type: 'token' }),
    tokenTypes('token'),
    {},
    "a token_type that is not 'bearer'",
  ],
  ['HTTP 201', answer(201, TOKENS), undefined, {}],
  [
    'JSON as text/plain',
    answer(200, JSON.stringify(TOKENS), { 'content-type': 'text/plain' }),
    undefined,
    {},
  ],
  ['JSON as text/html', answer(200, JSON.stringify(TOKENS)), undefined, {}],
  ['JSON without a content type', { status: 200, headers: {}, body: JSON.stringify(TOKENS) }, undefined, {}],
  [
    'a form-encoded body',
    answer(200, 'access_token=a1&expires_in=3600&scope=read%20write&token_type=bearer\n', {
      'content-type': 'application/x-www-form-urlencoded',
    }),
    formEncoded,
    { expires_in: 3600, expires_at: NOW + 3_600_000, scope: 'read write' },
    'application/x-www-form-urlencoded without a reason',
  ],
  [
    'an array of scopes',
    answer(200, { ...TOKENS, scope: ['read', 'write'] }),
    scopeArray,
    { scope: 'read write' },
  ],
  [
    'scopes with commas',
    answer(200, { ...TOKENS, scope: 'read,write, admin' }),
    scopeCommas,
    { scope: 'read write admin' },
  ],
  ['scope null', answer(200, { ...TOKENS, scope: null }), nullMembers, {}],
  ['refresh_token null', answer(200, { ...TOKENS, refresh_token: null }), nullMembers, {}],
  [
    'tokens in a member',
    answer(200, { ok: true, user: TOKENS }),
    tokensInMember('user'),
    { ok: true, user: TOKENS },
    'no usable access_token',
  ],
]

describe.each(REQUESTS)('as the response to a %s request', (name, come) => {
  test.each(ROWS.map(row => [row[0], row] as const))('%s', (_, [, response, quirk, more, problem]) => {
    const kept = name === 'refresh' ? { refresh_token: OLD_REFRESH_TOKEN } : {}
    const provider = quirk ? withAnswer(quirk) : strict
    expect(tokensIn(come(response, provider))).toEqual({ ...TOKENS, ...more, ...kept })
    if (problem)
      expect(failureIn(come(response, strict))).toMatchObject({
        code: 'indeterminate',
        message: `strict sent ${problem} (HTTP 200)`,
      })
  })

  test.each([
    [
      '200 with an error, as from GitHub',
      answer(200, { error: 'bad_refresh_token', error_description: 'It expired.' }),
      {},
      'strict says: bad_refresh_token: It expired. (HTTP 200)',
      'unrecognized',
    ],
    [
      '200 with an error that errors names',
      answer(200, { error: 'bad_refresh_token' }),
      { errors: [{ word: 'bad_refresh_token', means: 'reauth' }] },
      'strict says: bad_refresh_token (HTTP 200)',
      'invalid_grant',
    ],
    [
      'a nested error, as from Facebook',
      answer(400, { error: { message: 'Code has expired', type: 'OAuthException', code: 100 } }),
      {
        tokenResponse: [errorAt(['error', 'message'])],
        errors: [{ word: 'Code has expired', means: 'reauth' }],
      },
      'strict says: Code has expired (HTTP 400)',
      'invalid_grant',
    ],
    [
      'an error of several texts',
      answer(400, { error: { type: 'OAuthException', message: 'Code has expired', code: 100 } }),
      { tokenResponse: [errorAt(['error', 'type'], ['error', 'message'])] },
      'strict says: OAuthException: Code has expired (HTTP 400)',
      'unrecognized',
    ],
    [
      'a form-encoded error',
      answer(400, 'error=invalid_grant&error_description=It+expired.'),
      { tokenResponse: [formEncoded] },
      'strict says: invalid_grant: It expired. (HTTP 400)',
      'invalid_grant',
    ],
    [
      '400, an empty body and no content type',
      { status: 400, headers: {}, body: '' },
      {},
      'strict sent an empty response (HTTP 400)',
      'unrecognized',
    ],
    [
      'HTML with status 200',
      answer(200, '<html>Sign in</html>'),
      {},
      'strict sent text/html without a reason (HTTP 200)',
      'indeterminate',
    ],
    [
      'HTML with status 200, with every quirk',
      answer(200, '<html>a=b</html>'),
      {
        tokenResponse: [
          nullMembers,
          formEncoded,
          tokenTypeMissing,
          scopeArray,
          scopeCommas,
          tokenTypes('x'),
          tokensInMember('x'),
          errorAt(['x']),
        ],
      },
      'strict sent text/html without a reason (HTTP 200)',
      'indeterminate',
    ],
    [
      '502 with HTML',
      answer(502, '<html>Bad gateway</html>'),
      {},
      'strict sent text/html without a reason (HTTP 502)',
      'transient',
    ],
    [
      '403 invalid_code',
      answer(403, { error: 'invalid_code' }),
      {},
      'strict says: invalid_code (HTTP 403)',
      name === 'refresh' ? 'unrecognized' : 'misconfigured',
    ],
    [
      '403 invalid_code that errors names',
      answer(403, { error: 'invalid_code' }),
      { errors: [{ word: 'invalid_code', means: 'reauth' }] },
      'strict says: invalid_code (HTTP 403)',
      'invalid_grant',
    ],
    [
      'invalid_request for an invalid token',
      answer(400, { error: 'invalid_request', error_description: 'Token revoked' }),
      { errors: [{ word: 'invalid_request', means: 'reauth' }] },
      'strict says: invalid_request: Token revoked (HTTP 400)',
      'invalid_grant',
    ],
    [
      'invalid_request, distinguished by its description',
      answer(400, { error: 'invalid_request', error_description: 'Token revoked' }),
      {
        tokenResponse: [errorAt(['error_description'], ['error'])],
        errors: [{ word: 'Token revoked', means: 'reauth' }],
      },
      'strict says: Token revoked: invalid_request (HTTP 400)',
      'invalid_grant',
    ],
    ...[
      ['code', { code: 1234, message: 'expired' }, '1234: expired'],
      ['errcode', { errcode: 1234 }, '1234'],
      ['a text', { code: '1234' }, '1234'],
      ['nested', { data: { code: 1234 } }, '1234'],
    ].flatMap(([title, body, words]) =>
      [200, 400].map(
        status =>
          [
            `${status} with a number that errors names: ${title as string}`,
            answer(status, body),
            { errors: [{ word: 1234, means: 'reauth' }] },
            `strict says: ${words as string} (HTTP ${status})`,
            'invalid_grant',
          ] as const,
      ),
    ),
    ...([errorAt('ret'), errorAt(['ret']), errorAt('none', 'ret')] as const).map(
      (quirk, index) =>
        [
          `200 with a number that errorAt finds, ${index}`,
          answer(200, { ret: 1234 }),
          { tokenResponse: [quirk], errors: [{ word: 1234, means: 'reauth' }] },
          'strict says: 1234 (HTTP 200)',
          'invalid_grant',
        ] as const,
    ),
    [
      '200 with the beginning of a text that errors names',
      answer(200, { message: 'Refresh token expired at noon' }),
      { errors: [{ prefix: 'Refresh token expired', means: 'reauth' }] },
      'strict says: Refresh token expired at noon (HTTP 200)',
      'invalid_grant',
    ],
    [
      '200 with a number that errors names for another status',
      answer(200, { code: 1234 }),
      { errors: [{ status: 400, word: 1234, means: 'reauth' }] },
      'strict sent no usable access_token (HTTP 200)',
      'indeterminate',
    ],
    [
      '200 with the number 0, which is no error',
      answer(200, { code: 0 }),
      { tokenResponse: [errorAt('code')] },
      'strict sent no usable access_token (HTTP 200)',
      'indeterminate',
    ],
    [
      'consent_required for an invalid token',
      answer(400, { error: 'consent_required' }),
      { errors: [{ word: 'consent_required', means: 'reauth' }] },
      'strict says: consent_required (HTTP 400)',
      'invalid_grant',
    ],
    [
      'access_denied, which no user said here',
      answer(400, { error: 'access_denied' }),
      {},
      'strict says: access_denied (HTTP 400)',
      'unrecognized',
    ],
  ] as const)("the server's own words: %s", (_, response, quirks, message, code) => {
    const failure = failureIn(come(response as HttpResponse, named(quirks)))
    expect(failure.code).toBe(code)
    expect(failure.message).toBe(message + remedy(failure, name))
  })

  test('429: the failure has the Retry-After', () => {
    expect(failureIn(come(answer(429, '', { 'retry-after': '7' }), strict))).toMatchObject({
      code: 'transient',
      retryAtMs: NOW + 7000,
    })
  })
})

test('quirks apply in their order, each to the result of the one before', () => {
  const body = 'token=a1&token_type=user&scope=read,write'
  const renamed: TokenResponseQuirk = value => {
    const { token, ...others } = value as { token: string }
    return { access_token: token, ...others }
  }
  const provider = withAnswer(formEncoded, renamed, tokenTypes('bot', 'user'), scopeCommas)
  expect(tokensIn(answered.code(answer(200, body), provider))).toEqual({ ...TOKENS, scope: 'read write' })
})

test('an error next to tokens is still an error, and errorAt does not hide tokens', () => {
  const provider = withAnswer(errorAt(['message']))
  const both = answer(200, { ...TOKENS, error: 'server_error', message: 'm' })
  expect(failureIn(answered.code(both, provider))).toMatchObject({
    message: 'strict says: server_error: m (HTTP 200)',
  })
  expect(tokensIn(answered.code(answer(200, { ...TOKENS, message: 'welcome' }), provider))).toMatchObject(
    TOKENS,
  )
})

test('the same quirks apply to the fragment of the token flow', () => {
  const provider = { ...withAnswer(scopeCommas, tokenTypeMissing) }
  const state = returned.token(`#state=${STATE}&access_token=a1&scope=read,write`, false, provider)
  expect(tokensIn(state)).toEqual({ ...TOKENS, scope: 'read write' })
})

test('members with the names of inherited members change no prototype, whatever the quirk', () => {
  const body =
    '{"access_token":"a1","token_type":"bearer","scope":["r"],"__proto__":{"polluted":1},"x":{"__proto__":{"polluted":1}}}'
  const provider = withAnswer(nullMembers, scopeArray, scopeCommas, tokensInMember('x'), tokenTypeMissing)
  const tokens = tokensIn(answered.code(answer(200, body), provider))
  expect(Object.getPrototypeOf(tokens)).toBe(Object.prototype)
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
  expect((tokens as { polluted?: number }).polluted).toBeUndefined()
})

test("only Imgur's description knows Imgur's error texts", () => {
  const response = answer(400, { data: { error: 'Invalid refresh token' }, success: false, status: 400 })
  expect(failureIn(answered.refresh(response, imgur())).message).toBe(
    'imgur says: Invalid refresh token (HTTP 400)',
  )
  expect(failureIn(answered.refresh(response, strict)).message).toBe(
    `strict says: Invalid refresh token (HTTP 400)${DESCRIBE_IT}`,
  )
})

test('a refresh that fails with access_denied is not retried, and the refresh token stays', async () => {
  let asked = 0
  const transport = {
    send() {
      asked++
      return Promise.resolve(answer(403, { error: 'access_denied', error_description: 'Not from here.' }))
    },
  }
  const client = new Client({
    client_id: 'id',
    refresh_token: OLD_REFRESH_TOKEN,
    provider: strict,
    transport,
  })
  await expect(client.accessToken()).rejects.toMatchObject({
    code: 'unrecognized',
    message: `strict says: access_denied: Not from here. (HTTP 403)${DESCRIBE_IT}`,
  })
  expect(asked).toBe(1)
  expect(await client.status()).toMatchObject({ status: 'live' })
  expect(client.refresh_token).toBe(OLD_REFRESH_TOKEN)
})
