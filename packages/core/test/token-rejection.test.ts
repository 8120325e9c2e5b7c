import { expect, test } from '@jest/globals'
import { facebook, github, slack } from '../../providers/src/index.ts'
import { defineProvider, imgur, type ProviderDescription } from '../src/index.ts'
import { isTokenRejected, mayRejectToken } from '../src/provider/index.ts'

const INVALID = '{"data":{"error":"The access token provided is invalid.","request":"\\/3\\/x"},"status":403}'
const LIMITED = '{"data":{"error":"Daily client requests exceeded"},"success":false,"status":429}'
const LEFT = { 'x-ratelimit-userremaining': '499', 'x-ratelimit-clientremaining': '12000' }

type Answer = readonly [status: number, body?: string, headers?: Record<string, string>]

async function isRejected(provider: Parameters<typeof isTokenRejected>[0], answer: Answer): Promise<boolean> {
  const [status, body = '', headers = {}] = answer
  return isTokenRejected(provider, { status, header: name => headers[name], text: async () => body })
}

test.each<[string, Answer, boolean]>([
  ['403 with its text', [403, INVALID], true],
  ['401', [401, '{"data":{"error":"Authentication required"},"success":false,"status":401}'], true],
  ['429 with its text', [429, INVALID], true],
  ['429 with credits left', [429, '', LEFT], true],
  [
    '429 with credits remaining, through the gateway',
    [429, '', { 'x-ratelimit-requests-remaining': '1' }],
    true,
  ],
  ['403 over capacity', [403, '{"data":{"error":"Imgur is temporarily over capacity."}}'], false],
  ['403 without permission', [403, '{"data":{"error":"Permission denied"}}'], false],
  ['403 for the client id', [403, '{"data":{"error":"Invalid client_id"},"status":403}'], false],
  ['403 without a body', [403], false],
  ['429 without headers about credits', [429, LIMITED], false],
  ['429 with no credits left', [429, LIMITED, { ...LEFT, 'x-ratelimit-clientremaining': '0' }], false],
  [
    '429 with fewer credits than an upload costs',
    [429, LIMITED, { ...LEFT, 'x-ratelimit-userremaining': '9' }],
    false,
  ],
  ['429 for too many uploads', [429, LIMITED, { ...LEFT, 'x-post-rate-limit-remaining': '0' }], false],
  ['429 with credits remaining and a Retry-After', [429, '', { ...LEFT, 'retry-after': '0' }], false],
  ['429 with a count that is not a number', [429, '', { 'x-ratelimit-userremaining': 'unlimited' }], false],
  ['400 with its text', [400, INVALID], false],
  ['200 with its text', [200, INVALID], false],
  ['503', [503, INVALID], false],
])('Imgur, %s: %j', async (_, answer, rejected) => {
  expect(await isRejected(imgur(), answer)).toBe(rejected)
})

const OAUTH_EXCEPTION = {
  message: 'Session has expired',
  type: 'OAuthException',
  code: 190,
  error_subcode: 463,
}

test.each<[string, Parameters<typeof isRejected>[0], Answer, boolean]>([
  ['Facebook: error 190', facebook(), [400, JSON.stringify({ error: OAUTH_EXCEPTION })], true],
  [
    'Facebook: error 190, indented',
    facebook(),
    [400, JSON.stringify({ error: OAUTH_EXCEPTION }, null, 3)],
    true,
  ],
  [
    'Facebook: another error',
    facebook(),
    [400, '{"error":{"message":"m","code":1909,"fbtrace_id":"f"}}'],
    false,
  ],
  [
    'Facebook: no permission',
    facebook(),
    [403, '{"error":{"message":"m","code":200,"fbtrace_id":"f"}}'],
    false,
  ],
  ['Facebook: 401', facebook(), [401], true],
  ['Slack: expired', slack(), [200, '{"ok":false,"error":"token_expired"}'], true],
  ['Slack: revoked', slack(), [200, '{"ok":false,"error":"token_revoked","warning":"w"}'], true],
  ['Slack: invalid', slack({ user: true }), [200, '{"ok":false,"error":"invalid_auth"}'], true],
  [
    'Slack: a missing scope',
    slack(),
    [200, '{"ok":false,"error":"missing_scope","needed":"chat:write"}'],
    false,
  ],
  [
    'Slack: the text of a message',
    slack(),
    [200, '{"ok":true,"text":"{\\"ok\\":false,\\"error\\":\\"token_expired\\""}'],
    false,
  ],
  ['Slack: 401', slack(), [401], true],
])('%s', async (_, provider, answer, rejected) => {
  expect(await isRejected(provider, answer)).toBe(rejected)
})

test('any other server rejects a token with status 401 only (RFC 6750 section 3.1)', async () => {
  for (const provider of [undefined, {}, github()])
    for (const status of [200, 400, 401, 403, 429, 500])
      expect(await isRejected(provider, [status, INVALID, LEFT])).toBe(status === 401)
})

test('the body is read only if a rule depends on it', async () => {
  let reads = 0
  const text = async () => `${++reads}`
  for (const status of [200, 401, 500]) await isTokenRejected(imgur(), { status, header: () => null, text })
  expect(reads).toBe(0)
  await isTokenRejected(imgur(), { status: 403, header: () => null, text })
  expect(reads).toBe(1)
  await isTokenRejected(slack(), { status: 200, header: () => null, text })
  expect(reads).toBe(2) // once, for any number of rules
})

const usual: ProviderDescription = { name: 'acme', tokenEndpoint: 'https://acme.example/token' }

test('a description defines how its server rejects a token', async () => {
  const provider = defineProvider({
    ...usual,
    quirks: { tokenRejected: [{ status: 400, bodyIncludes: '"code":190' }] },
  })
  expect(await isRejected(provider, [400, '{"error":{"code":190}}'])).toBe(true)
  expect(await isRejected(provider, [401])).toBe(false)
})

test.each([
  [{ status: 401 }, 'quirks.tokenRejected must be an array'],
  [[401], 'quirks.tokenRejected[0] must be an object'],
  [[{}], 'quirks.tokenRejected[0] needs status'],
  [[{ status: '401' }], 'quirks.tokenRejected[0].status must be a number'],
  [[{ status: 401, bodyIncludes: '' }], 'quirks.tokenRejected[0].bodyIncludes must not be empty'],
  [[{ status: 401, remaining: { a: '1' } }], 'quirks.tokenRejected[0].remaining.a must be a number'],
  [[{ status: 401, text: 'a' }], "'text' is no member of quirks.tokenRejected[0]"],
])('a wrong definition is a TypeError that names the wrong member: %j', (tokenRejected, message) => {
  const make = () => defineProvider({ ...usual, quirks: { tokenRejected: tokenRejected as never } })
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})

test.each([
  'https://a.example/',
  'https://a.example/x',
  'https://A.example',
  'http://a.example',
  'a.example',
  5,
])('api.origins: %p is not an origin', value => {
  const make = () => defineProvider({ ...usual, api: { origins: [value as string] } })
  expect(make).toThrow(TypeError)
  expect(make).toThrow('api.origins[0] must be a')
})

test('mayRejectToken decides by the status alone', () => {
  const statuses = [200, 401, 403, 429, 500]
  expect(statuses.filter(status => mayRejectToken(imgur(), status))).toEqual([401, 403, 429])
  expect(statuses.filter(status => mayRejectToken(undefined, status))).toEqual([401])
  expect(statuses.filter(status => mayRejectToken(slack(), status))).toContain(200)
})

test.each<[string, string | undefined, boolean]>([
  ['nothing', undefined, true],
  ['no error', 'Bearer realm="api"', true],
  ['invalid_token', 'Bearer realm="api", error="invalid_token", error_description="It expired"', true],
  ['invalid_token without quotes', 'Bearer error=invalid_token', true],
  ['invalid_token in single quotes, as from Twitch', "OAuth realm='TwitchTV', error='invalid_token'", true],
  ['insufficient_scope', 'Bearer error="insufficient_scope", scope="write"', false],
  [
    'insufficient_user_authentication',
    'Bearer error="insufficient_user_authentication", acr_values="2"',
    false,
  ],
  ['a nonce', 'DPoP error="use_dpop_nonce"', false],
  ['a claims challenge', 'Bearer realm="", error="insufficient_claims", claims="eyJ9=="', false],
  ['the parameter in capitals', 'Bearer ERROR = "insufficient_scope"', false],
  [
    'another challenge that says invalid_token',
    'DPoP error="use_dpop_nonce", Bearer error="invalid_token"',
    true,
  ],
  ['an error inside a description', 'Bearer realm="x, error=\\"insufficient_scope\\""', true],
  ['an error_uri alone', 'Bearer error_uri="https://api.example/e"', true],
])('RFC 6750 section 3.1: WWW-Authenticate with %s', async (_, header, rejected) => {
  const headers = header === undefined ? {} : { 'www-authenticate': header }
  expect(await isRejected(undefined, [401, '', headers])).toBe(rejected)
  expect(await isRejected(imgur(), [401, '', headers])).toBe(rejected)
})

test('WWW-Authenticate does not make a rejection of a status that is none', async () => {
  expect(await isRejected(undefined, [403, '', { 'www-authenticate': 'Bearer error="invalid_token"' }])).toBe(
    false,
  )
})
