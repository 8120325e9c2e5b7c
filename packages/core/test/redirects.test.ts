import { describe, expect, test } from '@jest/globals'
import { imgur } from '../src/index.ts'
import { failureIn, NOW, returned, STATE, strict, tokensIn } from './support.ts'

const CODE = 'c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0'
const TOKENS =
  'access_token=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1&expires_in=315360000&token_type=bearer' +
  '&refresh_token=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2&account_username=rmp135&account_id=4118974'

/** Returns the code or PIN that a flow sends after `input`, decoded from its request, or its failure's code. */
function exchanged(flow: 'code' | 'pin', input: string, provider = imgur()): string | null {
  const state = returned[flow](input, provider)
  if (state.type !== 'exchanging') return failureIn(state).code
  return state.request.parameters[flow] as string
}

/** Returns the access token that the token flow reads from `input`, or its failure's code. */
function taken(input: string, requireState = false, provider = imgur()): string {
  const state = returned.token(input, requireState, provider)
  return state.type === 'authorized' ? state.tokens.access_token : failureIn(state).code
}

describe('Imgur, recorded redirects: the code flow', () => {
  test.each([
    ['state first in the query, as recorded', `https://imgur.com/?state=${STATE}&code=${CODE}`],
    ['code first', `https://imgur.com/?code=${CODE}&state=${STATE}`],
    ['a redirect URI with its own query', `https://app.example/cb?lang=en&state=${STATE}&code=${CODE}`],
    ['state in the fragment', `https://imgur.com/?code=${CODE}#state=${STATE}`],
    ['both in the fragment', `https://imgur.com/#code=${CODE}&state=${STATE}`],
    ['state in both, with equal values', `https://imgur.com/?state=${STATE}&code=${CODE}#state=${STATE}`],
    ['a custom scheme', `com.example.app:/cb?code=${CODE}&state=${STATE}`],
    ['a custom scheme without a slash', `myapp:cb?code=${CODE}&state=${STATE}`],
    ['path and query, as a web server sees it', `/callback?code=${CODE}&state=${STATE}`],
    ['the query alone', `?code=${CODE}&state=${STATE}`],
    ['the fragment alone', `#state=${STATE}&code=${CODE}`],
    ['white space around it', ` \t\r\n https://imgur.com/?state=${STATE}&code=${CODE}\n`],
    ['an empty error', `https://imgur.com/?state=${STATE}&error=&code=${CODE}`],
  ])('accepts and exchanges %s', (_, url) => {
    expect(exchanged('code', url)).toBe(CODE)
  })

  test.each([
    ['no state at all', `https://imgur.com/?code=${CODE}`],
    ['the empty state that Imgur echoes if none was sent', `https://imgur.com/?state=&code=${CODE}`],
    ['another state', `https://imgur.com/?state=${STATE.replace('f', 'e')}&code=${CODE}`],
    ['a longer state with the right beginning', `https://imgur.com/?state=${STATE}0&code=${CODE}`],
    ['the beginning of the state', `https://imgur.com/?state=${STATE.slice(0, -1)}&code=${CODE}`],
    ['another state, in the fragment', `https://imgur.com/?code=${CODE}#state=another`],
    ['another state and an error', `https://imgur.com/?error=access_denied&state=another`],
    ['an error without a state', `https://imgur.com/?error=access_denied`],
  ])('RFC 6749 section 10.12: %s is rejected, and the flow still waits', (_, url) => {
    expect(exchanged('code', url)).toBe('state_mismatch')
    expect(returned.code(url)).toMatchObject({ type: 'awaitingRedirect', state: STATE })
  })

  test('the state is compared after decoding, whatever its characters', () => {
    expect(exchanged('code', `https://imgur.com/?state=${STATE}%00&code=${CODE}`)).toBe('state_mismatch')
    expect(exchanged('code', `https://imgur.com/?state=%66${STATE.slice(1)}&code=${CODE}`)).toBe(CODE)
  })

  test('a code is form-decoded, and form-encoded again (RFC 6749 appendix B)', () => {
    expect(exchanged('code', `https://app.example/?state=${STATE}&code=4%2F0A+b%2B%26%3D%C3%A9`)).toBe(
      '4/0A b+&=é',
    )
  })

  test.each([
    ['an empty code', `https://imgur.com/?state=${STATE}&code=`, 'the redirect carries no code'],
    ['no code', `https://imgur.com/?state=${STATE}`, 'the redirect carries no code'],
    [
      'the tokens of another flow',
      `https://imgur.com/?state=${STATE}#${TOKENS}`,
      'the redirect carries no code',
    ],
    ['a PIN', `https://api.imgur.com/oauth2/pin?pin=4118974&state=${STATE}`, 'the redirect carries no code'],
  ])('%s instead of a code is rejected with a message', (_, url, message) => {
    expect(failureIn(returned.code(url))).toEqual({ code: 'redirect_invalid', message })
  })
})

describe('Imgur, recorded redirects: the token flow', () => {
  test.each([
    ['no state, as recorded', `https://imgur.com/#${TOKENS}`],
    [
      'state in the query, tokens in the fragment, as recorded',
      `https://imgur.com/?state=${STATE}#${TOKENS}`,
    ],
    ['state in the fragment, as documented', `https://imgur.com/#${TOKENS}&state=${STATE}`],
    ['state in both', `https://imgur.com/?state=${STATE}#${TOKENS}&state=${STATE}`],
    ['tokens in the query', `https://imgur.com/?${TOKENS}&state=${STATE}`],
    ['a custom scheme', `obsidian://imgur-oauth#${TOKENS}&state=${STATE}`],
    ['the fragment alone', `#${TOKENS}`],
    ['white space around it', `\n https://imgur.com/?state=${STATE}#${TOKENS} \r\n`],
  ])('accepts %s', (_, url) => {
    const state = returned.token(url)
    expect(tokensIn(state)).toEqual({
      access_token: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1',
      expires_in: 315360000,
      token_type: 'bearer',
      refresh_token: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2',
      account_username: 'rmp135',
      account_id: '4118974',
      expires_at: NOW + 315360000_000,
    })
    expect('stateMissing' in state).toBe(!url.includes('state'))
  })

  test('accepts the parameters in any order', () => {
    for (const order of permutations(`${TOKENS}&state=${STATE}`.split('&')))
      expect(taken(`https://imgur.com/#${order.join('&')}`, true)).toBe(
        'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1',
      )
  })

  test('accepts tokens next to an empty error', () => {
    expect(taken(`https://imgur.com/?state=${STATE}&error=#${TOKENS}`)).toMatch(/^aaa/)
  })

  test('accepts the documented example: its order, `Bearer` and an hour', () => {
    expect(
      tokensIn(returned.token('https://imgur.com/#access_token=a1&token_type=Bearer&expires_in=3600')),
    ).toEqual({
      access_token: 'a1',
      token_type: 'Bearer',
      expires_in: 3600,
      expires_at: NOW + 3600_000,
    })
  })

  test.each([
    ['another state in the query', `https://imgur.com/?state=another#${TOKENS}`],
    ['another state in the fragment', `https://imgur.com/#${TOKENS}&state=another`],
    ['an empty state', `https://imgur.com/?state=#${TOKENS}`],
    ['another state and an error', `https://imgur.com/?state=another#error=access_denied`],
  ])('RFC 6749 section 10.12: %s is rejected, and the flow still waits', (_, url) => {
    expect(taken(url)).toBe('state_mismatch')
    expect(returned.token(url).type).toBe('awaitingToken')
  })

  test('a redirect without a state is rejected with `requireState`, and without the quirk `stateUnreliable`', () => {
    expect(failureIn(returned.token(`https://imgur.com/#${TOKENS}`, true))).toEqual({
      code: 'state_mismatch',
      message: 'the redirect carries no state',
    })
    expect(taken(`https://app.example/#${TOKENS}`, false, strict)).toBe('state_mismatch')
    expect(taken(`https://app.example/#${TOKENS}&state=${STATE}`, true, strict)).toMatch(/^aaa/)
  })

  test.each([
    ['no token', `https://imgur.com/?state=${STATE}#`, 'the redirect carries no access_token'],
    ['a code', `https://imgur.com/?state=${STATE}&code=${CODE}`, 'the redirect carries no access_token'],
    ['an input that is not a redirect', CODE, 'the redirect carries no access_token'],
    ['nothing', '', 'the redirect carries no access_token'],
    ['no token_type', '#access_token=a1', "the redirect carries a token_type that is not 'bearer'"],
    [
      'a MAC token',
      '#access_token=a1&token_type=mac',
      "the redirect carries a token_type that is not 'bearer'",
    ],
    [
      'CR/LF in the token',
      '#access_token=a1%0D%0AX: y&token_type=bearer',
      'the redirect carries no usable access_token',
    ],
    [
      'a non-ASCII token',
      '#access_token=%C3%A9&token_type=bearer',
      'the redirect carries no usable access_token',
    ],
    [
      'a space in the token',
      '#access_token=a+1&token_type=bearer',
      'the redirect carries no usable access_token',
    ],
    [
      'NUL in the token',
      '#access_token=a%00&token_type=bearer',
      'the redirect carries no usable access_token',
    ],
  ])('%s is rejected with a message, and the flow still waits', (_, url, message) => {
    const state = returned.token(url)
    expect(failureIn(state)).toEqual({ code: 'redirect_invalid', message })
    expect(state.type).toBe('awaitingToken')
  })

  test('an unusable refresh token costs no access token', () => {
    const state = returned.token('#access_token=a1&token_type=bearer&refresh_token=b%0D%0A')
    expect(tokensIn(state)).toEqual({ access_token: 'a1', token_type: 'bearer' })
  })

  test('parameters with the names of inherited members are dropped, and change no prototype', () => {
    const url = `https://imgur.com/?__proto__=x&constructor=y#${TOKENS}&toString=z&hasOwnProperty=w&__proto__=x`
    const tokens = tokensIn(returned.token(url))
    expect(Object.getOwnPropertyNames(tokens)).toEqual([
      'access_token',
      'expires_in',
      'token_type',
      'refresh_token',
      'account_username',
      'account_id',
      'expires_at',
    ])
    expect(Object.getPrototypeOf(tokens)).toBe(Object.prototype)
    expect(`${tokens}`).toBe('[object Object]')
  })
})

describe('Imgur, recorded redirects: an error', () => {
  const FLOWS = {
    code: (url: string) => returned.code(url),
    token: (url: string) => returned.token(url),
    pin: (url: string) => returned.pin(url),
  }

  describe.each(Object.entries(FLOWS))('in the %s flow', (_, back) => {
    test.each([
      ['the query', `https://imgur.com/?error=access_denied&state=${STATE}`],
      ['the query, state first', `https://imgur.com/?state=${STATE}&error=access_denied`],
      ['the fragment', `https://imgur.com/#error=access_denied&state=${STATE}`],
      ['the fragment, with the state in the query', `https://imgur.com/?state=${STATE}#error=access_denied`],
      ['the query, with the state in the fragment', `https://imgur.com/?error=access_denied#state=${STATE}`],
      ['both', `https://imgur.com/?error=access_denied&state=${STATE}#error=access_denied`],
      [
        'the query, next to a code, a PIN and tokens',
        `/?error=access_denied&state=${STATE}&code=1&pin=1#${TOKENS}`,
      ],
    ])('access_denied in %s is final', (__, url) => {
      expect(back(url)).toEqual({
        type: 'denied',
        failure: { code: 'access_denied', message: 'imgur says: access_denied' },
      })
    })

    test('the message includes the description', () => {
      const description = 'error_description=The user denied access to your application'
      expect(
        failureIn(back(`https://imgur.com/?error=access_denied&${description}&state=${STATE}`)).message,
      ).toBe('imgur says: access_denied: The user denied access to your application')
    })

    test.each([
      ['invalid_request', 'misconfigured'],
      ['unauthorized_client', 'misconfigured'],
      ['unsupported_response_type', 'misconfigured'],
      ['invalid_scope', 'misconfigured'],
      ['server_error', 'transient'],
      ['temporarily_unavailable', 'transient'],
      ['constructor', 'unrecognized'],
      ['not_known', 'unrecognized'],
      ['__proto__', 'unrecognized'],
    ])('RFC 6749 section 4.1.2.1: after %s the flow waits again', (error, code) => {
      const state = back(`https://imgur.com/?error=${error}&state=${STATE}`)
      expect(state).toMatchObject({ url: expect.any(String), state: STATE })
      expect(failureIn(state)).toEqual({ code, message: `imgur says: ${error}` })
    })

    test('OpenID Connect Core 3.1.2.6: after login_required the flow is over, and another one must ask the user', () => {
      expect(back(`https://imgur.com/?error=login_required&state=${STATE}`)).toEqual({
        type: 'denied',
        failure: { code: 'interaction_required', message: 'imgur says: login_required' },
      })
    })

    test('an error without a code is reported by its description', () => {
      expect(failureIn(back(`https://imgur.com/?error_description=Sorry&state=${STATE}`))).toEqual({
        code: 'unrecognized',
        message: 'imgur says: Sorry',
      })
    })

    test('control characters and bidi overrides are stripped, and 300 characters are the limit', () => {
      const words = encodeURIComponent(`server_error\r\n\u202e\u0000\u200b${'long '.repeat(100)}`)
      const { message } = failureIn(back(`https://imgur.com/?error=${words}&state=${STATE}`))
      expect(message).toMatch(/^imgur says: server_error (long )+lon$/)
      expect(message).toHaveLength('imgur says: '.length + 300 - 4) // the limit counts stripped characters too
    })
  })

  test('without a state it ends the token and PIN flows, whose redirects do not always return the state', () => {
    expect(returned.token('https://imgur.com/#error=access_denied').type).toBe('denied')
    expect(returned.pin('https://imgur.com/?error=access_denied').type).toBe('denied')
    expect(returned.token('https://imgur.com/#error=access_denied', true).type).toBe('awaitingToken')
    expect(returned.code('https://imgur.com/?error=access_denied').type).toBe('awaitingRedirect')
  })
})

describe('Imgur, recorded redirects: the PIN', () => {
  test.each([
    ['the bare PIN of the page', '4118974', '4118974'],
    ['a PIN with white space around it', ' \t4118974\r\n', '4118974'],
    ["the page's URL", 'https://api.imgur.com/oauth2/pin?pin=4118974', '4118974'],
    ["the page's URL with a state", `https://api.imgur.com/oauth2/pin?pin=a1b2c3&state=${STATE}`, 'a1b2c3'],
    ['path and query', '/oauth2/pin?pin=4118974', '4118974'],
  ])('accepts and sends %s', (_, input, sent) => {
    expect(exchanged('pin', input)).toBe(sent)
  })

  test('a PIN with another state is rejected', () => {
    expect(exchanged('pin', 'https://api.imgur.com/oauth2/pin?pin=1234&state=another')).toBe('state_mismatch')
  })

  test("a URL without a PIN is rejected, and the PIN flow's request has no redirect_uri", () => {
    expect(exchanged('pin', 'https://api.imgur.com/oauth2/pin?pin=')).toBe('redirect_invalid')
    const sent = returned.pin('4118974')
    expect(sent).toMatchObject({ request: { parameters: { pin: '4118974' } } })
    expect(sent).not.toHaveProperty('request.parameters.redirect_uri')
  })
})

describe('a bare code or PIN', () => {
  test.each([
    ['hexadecimal', CODE],
    ['with a slash', '4/0AX4XfWh-_'],
    ['with a colon', 'a1:b2'],
    ['with spaces and punctuation', 'a b!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
    ['of the maximum length', 'c'.repeat(4096)],
  ])('is sent as the user typed it: %s', (_, typed) => {
    expect(exchanged('code', typed)).toBe(typed)
    expect(exchanged('code', `\n ${typed}\t`)).toBe(typed)
    expect(exchanged('pin', typed)).toBe(typed)
  })

  test.each([
    ['nothing', '', 'the input is empty'],
    ['white space', ' \r\n\t\u00a0\ufeff', 'the input is empty'],
    ['CR/LF', 'c0de\r\nX-Evil: 1', 'the input is not a valid code'],
    ['NUL', 'c0\0de', 'the input is not a valid code'],
    ['non-ASCII characters', 'cödé', 'the input is not a valid code'],
    ['a lone surrogate', 'c0de\ud800', 'the input is not a valid code'],
    ['more than 4,096 characters', 'c'.repeat(4097), 'the input is not a valid code'],
  ])('RFC 6749 appendix A.11: %s is rejected with a message that does not repeat it', (_, typed, message) => {
    expect(failureIn(returned.code(typed))).toEqual({ code: 'redirect_invalid', message })
    expect(failureIn(returned.pin(typed)).message).toBe(message.replace('code', 'pin'))
  })
})

describe('RFC 6749 section 3.1: a repeated parameter', () => {
  test.each([
    ['code', `?state=${STATE}&code=1&code=2`],
    ['code', `?state=${STATE}&code=1&code=1`],
    ['code', `?state=${STATE}&code=1#code=2`],
    ['state', `?state=${STATE}&state=${STATE}&code=1`],
    ['state', `?state=${STATE}&code=1#state=another`],
    ['state', `?state=another&code=1#state=${STATE}`],
    ['state', `?code=1#state=${STATE}&state=${STATE}`],
    ['error', `?state=${STATE}&error=access_denied&error=server_error`],
    ['error', `?state=${STATE}&error=access_denied#error=server_error`],
    ['access_token', `?state=${STATE}#access_token=1&access_token=2&token_type=bearer`],
    ['access_token', `?state=${STATE}&access_token=1#access_token=2&token_type=bearer`],
    ['refresh_token', `?state=${STATE}#access_token=1&token_type=bearer&refresh_token=1&refresh_token=2`],
    ['__proto__', `?state=${STATE}&__proto__=1&code=1#__proto__=2`],
  ])('is rejected, and the message names it: %s in %s', (name, url) => {
    for (const state of [returned.code(url), returned.token(url), returned.pin(url)]) {
      expect(failureIn(state)).toEqual({
        code: 'redirect_invalid',
        message: `the redirect carries more than one '${name}'`,
      })
      expect(state.type).toMatch(/^awaiting/)
    }
  })

  test('is accepted if the query and the fragment have the same value', () => {
    expect(exchanged('code', `?state=${STATE}&code=1#code=1&state=${STATE}`)).toBe('1')
    expect(taken(`?state=${STATE}&access_token=a1#access_token=a1&token_type=bearer`)).toBe('a1')
  })
})

describe('oversized and malformed input', () => {
  test('more than 65,536 characters are rejected', () => {
    const long = (length: number): string => `https://imgur.com/?state=${STATE}&code=`.padEnd(length, 'c')
    expect(exchanged('code', long(65_536))).toMatch(/^c+$/)
    for (const state of [
      returned.code(long(65_537)),
      returned.token(long(65_537)),
      returned.pin(long(65_537)),
    ])
      expect(failureIn(state)).toEqual({
        code: 'redirect_invalid',
        message: 'the redirect carries more than 65536 characters',
      })
  })

  test.each([
    ['javascript:alert(1)'],
    ['https://imgur.com/'],
    ['https://'],
    ['https://imgur.com/?%E0%A4%A&%&=&&==#%ff'],
    ['http://[::1'],
    ['?'],
    ['#'],
    ['?#?#?#'],
    ['??code=1'],
  ])('%s leads to a failure and no exception', url => {
    expect(failureIn(returned.token(url, true)).code).toMatch(/^(redirect_invalid|state_mismatch)$/)
    expect(returned.code(url).type).toMatch(/^(awaitingRedirect|exchanging)$/)
  })
})

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map(p => [item, ...p]),
  )
}
