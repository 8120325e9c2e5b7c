// Wrong descriptions of a provider: each is a `TypeError` that names the member.
import { expect, test } from '@jest/globals'
import { defineProvider, type ProviderDescription } from '@latchkey/core'
import fc from 'fast-check'

const COUNT = 1_000
const seed = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

const NO_TEXT = [5, true, {}, [], null, () => 'x', Symbol('x'), 1n]
const NO_URL = [
  ...NO_TEXT,
  '',
  'example.com',
  '/path',
  'ftp://example.com',
  'http://example.com',
  'https://user:pass@example.com',
  'https://example.com/#fragment',
  'https://example.com/a b',
  'https://example.com/\n',
  'https://',
  'javascript:alert(1)',
]
const NO_OBJECT = [5, 'x', true, null, [], () => {}]
const NO_BOOLEAN = [0, 1, 'true', '', null, {}]
const NO_FUNCTION = [5, 'x', true, null, {}, []]
const NO_LIST = [5, 'x', true, null, {}, () => {}]
const NO_NUMBER = ['1', NaN, Infinity, null, true, {}]
const NO_SECONDS = [...NO_NUMBER, 0, -1, 1.5, 2 ** 60]
const NO_GRANT = [5, '', 'password', 'code', null, {}]
const NO_HEADER = [...NO_TEXT, '', 'a\nb', 'é', '{password}', '{Access_token}']
const NO_PARAMETER = [5, true, {}, () => {}]
const NO_ORIGIN = [
  ...NO_URL,
  'https://example.com/',
  'https://example.com/path',
  'https://EXAMPLE.com',
  'https://example.com?',
  'https://*',
  'https://*.com',
  'https://*.*.example.com',
  'https://a.*.example.com',
  'https://*example.com',
  'http://*.example.com',
  'https://example.com:443',
]
const RESERVED = ['client_id', 'client_secret', 'redirect_uri', 'state', 'code', 'grant_type', 'refresh_token', 'code_verifier'] // prettier-ignore
const hooks = ['authorizationRequest', 'authorizationResponse', 'tokenRequest', 'tokenResponse']
const constants = ['authorizationParameters', 'tokenParameters', 'refreshParameters', 'offline.parameters']
const endpoints = ['authorizationEndpoint', 'tokenEndpoint', 'refreshEndpoint', 'deviceAuthorizationEndpoint', 'pushedAuthorizationRequestEndpoint', 'revocationEndpoint', 'introspectionEndpoint', 'endSessionEndpoint', 'issuer', 'identity.userinfo', 'about.docs', 'about.register'] // prettier-ignore

const about = { name: 'A', docs: 'https://a.example', register: 'https://a.example', checked: '2026-01-01' }
/** Members that a wrong one needs beside it. */
const BESIDE: Readonly<Record<string, object>> = {
  about,
  api: { origins: ['https://api.example.com'] },
  hosts: { from: { redirect: 'server' }, allowed: ['https://a.example'] },
  alsoTokens: { path: 'a', suffix: 'b' },
  identity: { userinfo: 'https://api.example.com/me', path: 'id' },
  'refreshToken.reuse': { graceMs: 1 },
}

/** Where a value stands in a description, and values that are wrong there. */
const WRONG: readonly (readonly [path: string, values: readonly unknown[], named?: string])[] = [
  ['name', [...NO_TEXT, '', 'a\nb', '\ud800']],
  ['scopeSeparator', [...NO_TEXT, '']],
  ...endpoints.map(path => [path, path.startsWith('about') ? NO_URL.filter(one => !String(one).includes?.('#')) : NO_URL] as const), // prettier-ignore
  ...['issParameter', 'requirePushedAuthorizationRequests', 'refreshToken.sliding', 'refreshToken.endsAccessToken'].map(path => [path, NO_BOOLEAN] as const), // prettier-ignore
  ...['about', 'offline', 'refreshToken', 'api', 'hosts', 'quirks', 'hosts.from', ...constants].map(path => [path, NO_OBJECT] as const), // prettier-ignore
  ...constants.map(path => [`${path}.audience`, NO_PARAMETER] as const),
  ...constants.flatMap(path => RESERVED.map(name => [`${path}.${name}`, ['x'], path] as const)),
  ...['revocation', 'at', 'verifyRedirect'].map(path => [path, NO_FUNCTION] as const),
  ...hooks.flatMap(name => [[`quirks.${name}`, NO_LIST], [`quirks.${name}.0`, NO_FUNCTION, `quirks.${name}[0]`]] as const), // prettier-ignore
  ...['quirks.errors', 'quirks.stateUnreliable', 'quirks.tokenRejected', 'grants'].map(path => [path, NO_LIST] as const), // prettier-ignore
  ['quirks.errors.0', [...NO_OBJECT, {}, { means: 'reauth' }, { word: 'x' }, { word: 'x', means: 'dead' }, { word: 'x', means: 'reauth', when: 1 }, { status: NaN, means: 'reauth' }, { status: '400', means: 'reauth' }, { word: '', means: 'reauth' }, { prefix: 5, means: 'reauth' }, { at: 'api', word: 'x', means: 'reauth' }], 'quirks.errors[0]'], // prettier-ignore
  ['quirks.tokenRejected.0', [...NO_OBJECT, {}, { status: '401' }, { status: NaN }, { status: 401, bodyIncludes: '' }, { status: 401, remaining: 5 }, { status: 401, remaining: { a: '1' } }, { status: 401, header: 'x' }], 'quirks.tokenRejected[0]'], // prettier-ignore
  ['grants.0', NO_GRANT, 'grants[0]'],
  ['quirks.stateUnreliable.0', NO_GRANT, 'quirks.stateUnreliable[0]'],
  ['authorizationFragment', [...NO_TEXT, '', '#a', 'a b', 'a\nb', '<']],
  ['clientAuthentication', [5, '', 'client_secret_jwt', 'basic', null, {}, []]],
  ['pkce', [5, '', 's256', 'plain', true, null, {}]],
  ['tokenRequestFormat', [5, '', 'xml', null, {}]],
  ['defaultExpiresIn', NO_SECONDS],
  ['refreshToken.expiresIn', NO_SECONDS],
  [
    'refreshToken.reuse',
    [5, '', 'rotate', true, null, {}, [], { graceMs: '1' }, { graceMs: NaN }, { grace: 1 }],
  ],
  ['offline.scope', [...NO_TEXT, '']],
  ['about.checked', [...NO_TEXT, '', 'today', '2026-1-1', '2026-01-01T00:00']],
  ['about.name', [...NO_TEXT, '']],
  ['api.origins', [5, 'https://api.example.com', null, {}, []]],
  ['api.origins.0', NO_ORIGIN, 'api.origins[0]'],
  ['api.originPattern', [/^https:\/\/a$/, 5, 'x', /https:\/\/.*$/, /^https:\/\/.*/, /^https:\/\/a$/i, null], 'originPattern'], // prettier-ignore
  ['api.headers', NO_OBJECT],
  ['api.headers.X-Key', NO_HEADER],
  ...['authorization', 'Cookie', 'HOST', 'a b', 'a:b', ''].map(name => [`api.headers.${name}`, ['x'], 'api.headers'] as const), // prettier-ignore
  ['api.scheme', [5, true, {}, '', 'a b', 'a\n']],
  ['api.anonymous', NO_HEADER],
  ['hosts.from.redirect', [...NO_TEXT, '']],
  ['hosts.allowed', [...NO_LIST, []]],
  ['hosts.allowed.0', NO_ORIGIN, 'hosts.allowed[0]'],
  ['alsoTokens', [5, 'x', true, null, [], {}, { path: 'a' }, { suffix: 'b' }]],
  ['alsoTokens.path', [...NO_TEXT, '']],
  ['alsoTokens.suffix', [...NO_TEXT, '']],
  ['identity', [5, '', true, null, [], {}, 'id_token.email', 'id_token.subject', { path: 'id' }, { userinfo: 'https://a.example' }]], // prettier-ignore
  ['identity.path', [...NO_TEXT, '']],
  ...['', 'quirks', 'api', 'about', 'offline', 'refreshToken', 'hosts', 'alsoTokens', 'identity'].map(path => [[path, 'unknownMember'].filter(Boolean).join('.'), [1, 'x', null], 'unknownMember'] as const), // prettier-ignore
]

const ALWAYS: readonly Partial<ProviderDescription>[] = [
  {},
  { clientAuthentication: 'none' },
  { grants: ['refresh_token'] },
  { scopeSeparator: ',' },
  { about },
  { defaultExpiresIn: 3600 },
]

/** Returns a description that is right but for `value` at `path`. */
function described(path: string, value: unknown, others = {}): Record<string, unknown> {
  const description = { name: 'example', tokenEndpoint: 'https://example.com/token', ...others }
  const parts = path.split('.')
  let at = description as Record<string, unknown>
  parts.slice(0, -1).forEach((part, index) => {
    const isList = /^\d+$/.test(parts[index + 1]!)
    const beside = BESIDE[parts.slice(0, index + 1).join('.')] ?? {}
    at[part] = isList ? [] : { ...beside }
    at = at[part] as Record<string, unknown>
  })
  at[parts.at(-1)!] = value
  return description
}

const textOf = (description: object): string =>
  JSON.stringify(description, (_, one: unknown) => (typeof one === 'bigint' ? 'n' : one))

test(`${COUNT} wrong descriptions are TypeErrors that name the member (seed ${seed})`, () => {
  const all = WRONG.flatMap(([path, values, named = path]) => values.map(value => ({ path, value, named })))
  expect(all.length).toBeGreaterThan(500)
  const more = fc.sample(fc.constantFrom(...all), { seed, numRuns: Math.max(COUNT - all.length, 1) })
  const others = fc.sample(fc.constantFrom(...ALWAYS), { seed, numRuns: all.length + more.length })
  const wrongly = [...all, ...more].flatMap(({ path, value, named }, index) => {
    const description = described(path, value, others[index])
    const before = textOf(description)
    let outcome = 'accepted'
    try {
      defineProvider(description as never)
    } catch (error) {
      outcome = `${(error as Error).name}: ${(error as Error).message}`
    }
    const after = textOf(description)
    const isRight = outcome.startsWith('TypeError: ') && outcome.includes(named) && before === after
    return isRight ? [] : [[path, typeof value === 'symbol' ? 'symbol' : value, outcome]]
  })
  expect(wrongly).toEqual([])
})

test.each(
  WRONG.map(([path]) => path)
    .filter(path => !/unknownMember|\.\d|client_id/.test(path))
    .slice(0, 8),
)('%s that is undefined counts as absent', path => {
  const description = described(path, undefined)
  if (path === 'name' || path === 'tokenEndpoint')
    expect(() => defineProvider(description as never)).toThrow(path)
  else expect(defineProvider(description as never).name).toBe('example')
})
