import { describe, expect, test } from '@jest/globals'
import { refreshToken } from '../src/flows/index.ts'
import { imgur, type Provider } from '../src/index.ts'
import {
  answer,
  answered,
  sent,
  credentials,
  failureIn,
  IMGUR_ANSWER,
  NOW,
  OLD_REFRESH_TOKEN,
  REQUESTS,
  returned,
  STATE,
  strict,
  tokensIn,
} from './support.ts'

const TEN_YEARS_S = 315_360_000

/** Returns the tokens of a code exchange whose response has these members besides a bearer token. */
function tokensOf(members: object, provider: Provider = strict): object {
  return tokensIn(
    answered.code(answer(200, { access_token: 'a1', token_type: 'bearer', ...members }), provider),
  )
}

describe.each(REQUESTS)("Imgur's recorded response to a %s request", (_, come) => {
  test('becomes tokens with a string account_id and expires_at, and without the null scope', () => {
    const tokens = tokensIn(come(answer(200, IMGUR_ANSWER)))
    const { scope: __, ...kept } = IMGUR_ANSWER
    expect(tokens).toEqual({ ...kept, account_id: '4118974', expires_at: NOW + TEN_YEARS_S * 1000 })
  })

  test('keeps the order of its members', () => {
    const names = Object.keys(tokensIn(come(answer(200, IMGUR_ANSWER))))
    expect(names).toEqual([
      'access_token',
      'expires_in',
      'token_type',
      'refresh_token',
      'account_id',
      'account_username',
      'expires_at',
    ])
  })

  test('is read with any content type, any status below 300, a byte order mark and white space', () => {
    const body = ` ${JSON.stringify(IMGUR_ANSWER)}\r\n`
    for (const response of [
      { status: 200, headers: {}, body },
      { status: 200, headers: { 'content-type': 'text/html' }, body },
      { status: 201, headers: { 'content-type': 'application/json; charset=utf-8' }, body },
      { status: 200, headers: {}, body: `\ufeff${body}` },
    ])
      expect(tokensIn(come(response)).access_token).toBe(IMGUR_ANSWER.access_token)
  })
})

describe('expires_in', () => {
  test.each([
    ['a number', 3600, 3600],
    ['a decimal string', '3600', 3600],
    ['zero', 0, 0],
    ['zero as a string', '0', 0],
    ['negative: expired now', -5, 0],
    ['half a second', 0.5, 0.5],
    ['ten years', TEN_YEARS_S, TEN_YEARS_S],
    ['more than ten years', TEN_YEARS_S + 1, TEN_YEARS_S],
    ['2^53', 2 ** 53, TEN_YEARS_S],
    ['1e308', 1e308, TEN_YEARS_S],
    ['400 digits', '9'.repeat(400), TEN_YEARS_S],
  ])('%s', (_, expires_in, lifetime) => {
    expect(tokensOf({ expires_in, refresh_token: 'r1' })).toEqual({
      access_token: 'a1',
      token_type: 'bearer',
      refresh_token: 'r1',
      expires_in: lifetime,
      expires_at: NOW + lifetime * 1000,
    })
  })

  test.each([0, '0', -1])('%p without a refresh token means that the token never ends', expires_in => {
    expect(tokensOf({ expires_in })).toStrictEqual({ access_token: 'a1', token_type: 'bearer' })
  })

  test('beyond the range of numbers', () => {
    const body = '{"access_token":"a1","token_type":"bearer","expires_in":1e999}'
    expect(tokensIn(answered.code(answer(200, body)))).toMatchObject({ expires_in: TEN_YEARS_S })
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['text with a unit', '3600s'],
    ['hexadecimal text', '0x10'],
    ['text with white space', ' 60 '],
    ['negative text', '-5'],
    ['a decimal fraction as text', '1.5'],
    ['an exponent', '1e3'],
    ['other digits', '٣٦'],
    ['an empty text', ''],
    ['NaN as text', 'NaN'],
    ['Infinity as text', 'Infinity'],
    ['true', true],
    ['an array', [60]],
    ['an object', { valueOf: 60 }],
  ])('an invalid value does not lose the tokens: %s', (_, expires_in) => {
    expect(tokensOf({ expires_in, refresh_token: 'r1' })).toStrictEqual({
      access_token: 'a1',
      token_type: 'bearer',
      refresh_token: 'r1',
    })
  })

  test("a server's expires_at is ignored, with or without a lifetime", () => {
    expect(tokensOf({ expires_at: 1 })).not.toHaveProperty('expires_at')
    expect(tokensOf({ expires_at: 1, expires_in: 1 })).toHaveProperty('expires_at', NOW + 1000)
  })

  test('an invalid value in a fragment does not lose the tokens either', () => {
    for (const expires_in of ['', 'soon', '-1', '%00', '1e999'])
      expect(
        tokensIn(
          returned.token(`#state=${STATE}&access_token=a1&token_type=bearer&expires_in=${expires_in}`),
        ),
      ).toStrictEqual({ access_token: 'a1', token_type: 'bearer' })
  })
})

describe('RFC 6749 section 5.1: the members', () => {
  test.each(['bearer', 'Bearer', 'BEARER'])('token_type %s', token_type => {
    expect(tokensOf({ token_type })).toHaveProperty('token_type', token_type)
  })

  test.each([undefined, null, '', 'mac', 'bearer ', 'DPoP', 1, ['bearer']])(
    'token_type %p is rejected',
    token_type => {
      for (const provider of [strict, imgur()])
        expect(
          failureIn(answered.code(answer(200, { access_token: 'a1', token_type }), provider)),
        ).toMatchObject({
          code: 'indeterminate',
          message: `${provider.name} sent a token_type that is not 'bearer' (HTTP 200)`,
        })
    },
  )

  test.each([
    undefined,
    null,
    '',
    1,
    true,
    ['a1'],
    { a: 1 },
    'a\r\nX-Evil: 1',
    'a b',
    'a\0',
    'é',
    '\ud800',
    'a\u2028',
  ])('RFC 6750 section 2.1: the access_token %p is rejected', access_token => {
    for (const [, come] of REQUESTS) {
      const { code, message } = failureIn(come(answer(200, { access_token, token_type: 'bearer' })))
      expect([code, message]).toEqual(['indeterminate', 'imgur sent no usable access_token (HTTP 200)'])
    }
  })

  test.each(['', 1, ['r1'], 'r\r\nX-Evil: 1', 'r 1', 'ü', null])(
    'the refresh_token %p is left out: an unusable optional member costs no access token',
    refresh_token => expect(tokensOf({ refresh_token })).not.toHaveProperty('refresh_token'),
  )

  test('null counts as absent only for a provider with the quirk nullMembers', () => {
    expect(tokensOf({ scope: null, refresh_token: null, account_id: null, x: null }, imgur())).toStrictEqual({
      access_token: 'a1',
      token_type: 'bearer',
    })
    expect(tokensOf({ x: null })).toHaveProperty('x', null)
  })

  test.each([[''], ['read write']])('scope %p is kept', scope => {
    expect(tokensOf({ scope })).toHaveProperty('scope', scope)
  })

  test.each([[['read', 'write']], [1], [{}], [null]])('scope %j is left out', scope => {
    expect(tokensOf({ scope })).not.toHaveProperty('scope')
  })

  test('an unknown member is kept', () => {
    const extra = {
      id_token: 'eyJ.e30.',
      account_username: 'rmp135',
      nested: { list: [1, null] },
      flag: false,
    }
    expect(tokensOf(extra)).toMatchObject(extra)
  })

  test.each([
    [4118974, '4118974'],
    ['4118974', '4118974'],
    [0, '0'],
  ])('account_id %p becomes a string', (account_id, text) => {
    expect(tokensOf({ account_id })).toHaveProperty('account_id', text)
  })

  test('long tokens of every visible character are accepted', () => {
    const visible = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 0x21 + i))
    expect(tokensOf({ access_token: visible.repeat(1000), refresh_token: visible })).toMatchObject({
      access_token: visible.repeat(1000),
      refresh_token: visible,
    })
  })

  test('members with the names of inherited members are dropped, and change no prototype', () => {
    const body =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":"x","hasOwnProperty":1,' +
      '"access_token":"a1","token_type":"bearer","valueOf":0}'
    for (const [, come] of REQUESTS) {
      const tokens = tokensIn(come(answer(200, body)))
      expect(Object.getPrototypeOf(tokens)).toBe(Object.prototype)
      expect(tokens).not.toHaveProperty('polluted')
      expect(Object.keys(tokens).filter(name => name in Object.prototype)).toEqual([])
    }
    expect(Object.prototype).not.toHaveProperty('polluted')
  })
})

describe('RFC 6749 section 6: a refresh', () => {
  test.each([
    ['sends none', {}],
    ['sends null', { refresh_token: null }],
  ])('keeps the old refresh token if the server %s', (_, members) => {
    const tokens = tokensIn(
      answered.refresh(answer(200, { access_token: 'a2', token_type: 'bearer', ...members })),
    )
    expect(tokens).toStrictEqual({
      access_token: 'a2',
      token_type: 'bearer',
      refresh_token: OLD_REFRESH_TOKEN,
    })
  })

  test("uses the response's refresh token, new or unchanged", () => {
    expect(tokensIn(answered.refresh(answer(200, IMGUR_ANSWER))).refresh_token).toBe(
      IMGUR_ANSWER.refresh_token,
    )
    const same = { ...IMGUR_ANSWER, refresh_token: OLD_REFRESH_TOKEN }
    expect(tokensIn(answered.refresh(answer(200, same))).refresh_token).toBe(OLD_REFRESH_TOKEN)
  })

  test('a code exchange without a refresh token returns none', () => {
    expect(tokensOf({})).not.toHaveProperty('refresh_token')
  })
})

describe('RFC 6749 section 2.3.1: the request', () => {
  const body = (provider: Provider, client_secret?: string | null): object => {
    const step = refreshToken(provider).start({
      refresh_token: OLD_REFRESH_TOKEN,
      credentials: { ...credentials, client_secret },
    })
    return Object.fromEntries(new URLSearchParams(sent(step.effects[0]!.request, provider).body))
  }
  const rest = {
    grant_type: 'refresh_token',
    refresh_token: OLD_REFRESH_TOKEN,
    client_id: credentials.client_id,
  }

  test('has the form-encoded secret in its body, if there is one', () => {
    expect(body(strict, 'a b+c&d=é"')).toEqual({ ...rest, client_secret: 'a b+c&d=é"' })
    expect(body(strict, null)).toEqual(rest)
    expect(body(strict)).toEqual(rest)
  })

  test('has no secret for a server that does not authenticate clients', () => {
    expect(body({ ...strict, clientAuthentication: 'none' }, 's3cret')).toEqual(rest)
  })
})
