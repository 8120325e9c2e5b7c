// Every description and each of its quirks: the server's recorded responses, and what they mean.
import { describe, expect, test } from '@jest/globals'
import { Client, imgur, type Provider } from '@latchkey/core'
import { refreshToken } from '@latchkey/core/flows'
import type { FailureCode } from '@latchkey/core/keeper'
import type { HttpRequest, HttpResponse } from '@latchkey/core/ports'
import { type Identify, s256 } from '@latchkey/core/provider'
import type { SentRequest } from '../../core/src/wire/client-request.ts'
import * as presets from '@latchkey/providers'
import {
  bitbucket,
  discord,
  dropbox,
  facebook,
  github,
  gitlab,
  google,
  linear,
  linkedin,
  mastodon,
  microsoft,
  notion,
  reddit,
  slack,
  spotify,
  twitch,
  x,
  zoho,
} from '@latchkey/providers'
import {
  answer,
  answered,
  credentials,
  failureIn,
  fromBase64,
  OLD_REFRESH_TOKEN,
  returned,
  STATE,
  tokensIn,
  sent,
} from '../../core/test/support.ts'

const PRESETS: readonly Provider[] = [
  bitbucket(),
  discord(),
  dropbox(),
  facebook(),
  github(),
  gitlab(),
  google(),
  imgur(),
  linkedin(),
  mastodon({ baseUrl: 'https://mastodon.example' }),
  microsoft(),
  notion(),
  reddit(),
  slack(),
  spotify(),
  twitch(),
  x(),
]

describe.each(PRESETS.map(provider => [provider.name, provider] as const))('%s', (name, provider) => {
  test('is complete: its endpoints are https, and a sign-in can start', () => {
    for (const [member, value] of Object.entries(provider))
      if (member.endsWith('Endpoint')) expect(value).toMatch(/^https:\/\/[\w.-]+\/[\w./?=&-]+$/)
    const { url } = new Client({ client_id: 'id', provider }).Authorize.byCode('s')
    const query = new URL(url).searchParams
    expect(Object.fromEntries(query)).toMatchObject({ client_id: 'id', response_type: 'code', state: 's' })
    expect(query.get('code_challenge_method')).toBe(typeof provider.pkce === 'function' ? 'S256' : null)
  })

  test("reads tokens and errors that follow RFC 6749, and reports the server's own error text", () => {
    const tokens = {
      access_token: 'a1',
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: 'r1',
      scope: 'a b',
    }
    expect(tokensIn(answered.code(answer(200, tokens), provider))).toMatchObject({
      ...tokens,
      token_type: expect.stringMatching(/^bearer$/i),
    })
    const error = answer(400, { error: 'invalid_grant', error_description: 'It is spent.' })
    expect(failureIn(answered.refresh(error, provider))).toMatchObject({
      code: 'invalid_grant',
      message: expect.stringMatching(new RegExp(`^${name} says: invalid_grant: It is spent\\. `)),
    })
  })
})

test('a token goes only to the APIs of its own server, and only over https', () => {
  for (const { name, api } of PRESETS)
    for (const origin of (api?.origins ?? []) as readonly string[])
      expect([name, new URL(origin).origin]).toEqual([name, origin])
})

test('every name is unique, because store keys contain it', () => {
  expect(new Set(PRESETS.map(({ name }) => name)).size).toBe(PRESETS.length)
})

describe('the error texts of a server', () => {
  const rows: readonly (readonly [Provider, HttpResponse, FailureCode, string])[] = [
    [
      github(),
      answer(200, {
        error: 'bad_verification_code',
        error_description: 'The code passed is incorrect or expired.',
        error_uri: 'https://docs.github.com/',
      }),
      'invalid_grant',
      'github says: bad_verification_code: The code passed is incorrect or expired.: https://docs.github.com/ (HTTP 200)',
    ],
    [
      github(),
      answer(200, {
        error: 'bad_refresh_token',
        error_description: 'The refresh token passed is incorrect or expired.',
      }),
      'invalid_grant',
      'github says: bad_refresh_token: The refresh token passed is incorrect or expired. (HTTP 200)',
    ],
    [
      github(),
      answer(200, { error: 'incorrect_device_code' }),
      'invalid_grant',
      'github says: incorrect_device_code (HTTP 200)',
    ],
    [
      github(),
      answer(200, { error: 'unverified_user_email' }),
      'invalid_grant',
      'github says: unverified_user_email (HTTP 200)',
    ],
    [
      github(),
      answer(200, { error: 'incorrect_client_credentials' }),
      'misconfigured',
      'github says: incorrect_client_credentials (HTTP 200)',
    ],
    [
      github(),
      answer(200, { error: 'redirect_uri_mismatch' }),
      'misconfigured',
      'github says: redirect_uri_mismatch (HTTP 200)',
    ],
    [
      github(),
      answer(200, { error: 'device_flow_disabled' }),
      'misconfigured',
      'github says: device_flow_disabled (HTTP 200)',
    ],
    [
      google(),
      answer(400, { error: 'redirect_uri_mismatch', error_description: 'Bad Request' }),
      'misconfigured',
      'google says: redirect_uri_mismatch: Bad Request (HTTP 400)',
    ],
    [
      google(),
      answer(401, { error: 'deleted_client' }),
      'misconfigured',
      'google says: deleted_client (HTTP 401)',
    ],
    [
      google(),
      answer(403, { error: 'org_internal' }),
      'misconfigured',
      'google says: org_internal (HTTP 403)',
    ],
    [
      google(),
      answer(400, { error: 'admin_policy_enforced' }),
      'misconfigured',
      'google says: admin_policy_enforced (HTTP 400)',
    ],
    [
      microsoft(),
      answer(400, {
        error: 'interaction_required',
        error_description: 'AADSTS50076: Due to a configuration change',
        error_codes: [50076],
        trace_id: 't',
      }),
      'invalid_grant',
      'microsoft says: interaction_required: AADSTS50076: Due to a configuration change: 50076 (HTTP 400)',
    ],
    [
      microsoft(),
      answer(400, { error: 'consent_required' }),
      'invalid_grant',
      'microsoft says: consent_required (HTTP 400)',
    ],
    [
      microsoft(),
      answer(400, { error: 'login_required' }),
      'invalid_grant',
      'microsoft says: login_required (HTTP 400)',
    ],
    [
      microsoft(),
      answer(400, { error: 'bad_verification_code' }),
      'invalid_grant',
      'microsoft says: bad_verification_code (HTTP 400)',
    ],
    [
      microsoft(),
      answer(400, { error: 'authorization_declined' }),
      'access_denied',
      'microsoft says: authorization_declined (HTTP 400)',
    ],
    [
      twitch(),
      answer(400, { status: 400, message: 'Invalid refresh token' }),
      'invalid_grant',
      'twitch says: Invalid refresh token (HTTP 400)',
    ],
    [
      twitch(),
      answer(400, { error: 'Bad Request', status: 400, message: 'Invalid refresh token' }),
      'invalid_grant',
      'twitch says: Invalid refresh token: Bad Request (HTTP 400)',
    ],
    [
      twitch(),
      answer(400, { status: 400, message: 'Invalid authorization code' }),
      'invalid_grant',
      'twitch says: Invalid authorization code (HTTP 400)',
    ],
    [
      twitch(),
      answer(400, { status: 400, message: 'invalid device code' }),
      'invalid_grant',
      'twitch says: invalid device code (HTTP 400)',
    ],
    [
      twitch(),
      answer(400, { status: 400, message: 'invalid client' }),
      'misconfigured',
      'twitch says: invalid client (HTTP 400)',
    ],
    [
      twitch(),
      answer(403, { status: 403, message: 'invalid client secret' }),
      'misconfigured',
      'twitch says: invalid client secret (HTTP 403)',
    ],
    [
      reddit(),
      answer(400, { error: 'invalid_request' }),
      'invalid_grant',
      'reddit says: invalid_request (HTTP 400)',
    ],
    [
      reddit(),
      answer(200, { error: 'invalid_grant' }),
      'invalid_grant',
      'reddit says: invalid_grant (HTTP 200)',
    ],
    [
      reddit(),
      answer(401, { message: 'Unauthorized', error: 401 }),
      'misconfigured',
      'reddit says: 401: Unauthorized (HTTP 401)',
    ],
    [
      slack(),
      answer(200, { ok: false, error: 'invalid_code' }),
      'invalid_grant',
      'slack says: invalid_code (HTTP 200)',
    ],
    [
      slack(),
      answer(200, { ok: false, error: 'code_already_used' }),
      'invalid_grant',
      'slack says: code_already_used (HTTP 200)',
    ],
    [
      slack(),
      answer(200, { ok: false, error: 'invalid_refresh_token' }),
      'invalid_grant',
      'slack says: invalid_refresh_token (HTTP 200)',
    ],
    [
      slack(),
      answer(200, { ok: false, error: 'bad_client_secret' }),
      'misconfigured',
      'slack says: bad_client_secret (HTTP 200)',
    ],
    [
      slack(),
      answer(200, { ok: false, error: 'internal_error' }),
      'transient',
      'slack says: internal_error (HTTP 200)',
    ],
    [
      facebook(),
      answer(400, {
        error: {
          message: 'This authorization code has been used.',
          type: 'OAuthException',
          code: 100,
          fbtrace_id: 'f',
        },
      }),
      'invalid_grant',
      'facebook says: This authorization code has been used.: OAuthException (HTTP 400)',
    ],
    [
      facebook(),
      answer(400, { error: { message: 'Something new', type: 'OAuthException' } }),
      'unrecognized',
      'facebook says: Something new: OAuthException (HTTP 400)',
    ],
    [
      x(),
      answer(400, { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' }),
      'invalid_grant',
      'x says: invalid_request: Value passed for the token was invalid. (HTTP 400)',
    ],
    [
      x(),
      answer(400, {
        error: 'invalid_request',
        error_description: 'Value passed for the authorization code was invalid.',
      }),
      'invalid_grant',
      'x says: invalid_request: Value passed for the authorization code was invalid. (HTTP 400)',
    ],
    [
      x(),
      answer(401, { error: 'unauthorized_client', error_description: 'Missing valid authorization header' }),
      'misconfigured',
      'x says: unauthorized_client: Missing valid authorization header (HTTP 401)',
    ],
    [
      x(),
      answer(400, { error: 'invalid_request', error_description: 'Missing required parameter [client_id].' }),
      'unrecognized',
      'x says: invalid_request: Missing required parameter [client_id]. (HTTP 400)',
    ],
  ]

  // Other values of `error`, which have no row above.
  const more: readonly (readonly [Provider, FailureCode, readonly string[]])[] = [
    [github(), 'misconfigured', ['application_suspended']],
    [twitch(), 'misconfigured', ['missing client id', 'missing client secret']],
    [slack(), 'invalid_grant', ['code_expired', 'token_revoked']],
    [slack(), 'misconfigured', ['bad_redirect_uri', 'no_scopes']],
    [slack(), 'transient', ['fatal_error', 'ratelimited']],
  ]
  const moreRows = more.flatMap(([provider, code, words]) =>
    words.map(error => [provider.name, error, code, provider] as const),
  )

  test.each(moreRows)('%s: the error %s is %s', (name, error, code, provider) => {
    const response = answer(name === 'twitch' ? 400 : 200, { error })
    expect(failureIn(answered.refresh(response, provider))).toMatchObject({ code })
  })

  test('every word that a description gives a meaning has a row here, or a fact in its fixture', async () => {
    const untested: (readonly [string, string])[] = []
    for (const [name, preset] of Object.entries(presets)) {
      const fixture = JSON.stringify(await import(`../fixtures/${name}.ts`))
      const { options } = (Object.values(JSON.parse(fixture) as object)[0] ?? {}) as { options?: never }
      const { errors = [] } = (preset as (options?: never) => Provider)(options).quirks ?? {}
      for (const word of errors.flatMap(one => [one.word ?? []].flat().map(String)))
        if (
          !fixture.includes(word) &&
          !rows.some(([provider, , , message]) => provider.name === name && message.includes(word)) &&
          !moreRows.some(([provider, error]) => provider === name && error === word)
        )
          untested.push([name, word])
    }
    expect(untested).toEqual([])
  })

  test.each(rows.map(row => [row[3], row] as const))('%s', (message, [provider, response, code]) => {
    expect(failureIn(answered.refresh(response, provider))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
  })

  test.each(['user_cancelled_login', 'user_cancelled_authorize'])(
    'LinkedIn: %s means that the user declined, and ends the flow',
    error => {
      const denied = returned.code(`https://app.example/?state=${STATE}&error=${error}`, linkedin())
      expect(denied).toMatchObject({ type: 'denied', failure: { code: 'access_denied' } })
    },
  )
})

describe("the format of a server's tokens", () => {
  const TOKENS = { access_token: 'a1', token_type: 'bearer' }
  test.each([
    ['GitHub: scopes with commas', github(), { ...TOKENS, scope: 'repo,gist' }, { scope: 'repo gist' }],
    [
      'LinkedIn: scopes with commas',
      linkedin(),
      { ...TOKENS, scope: 'email,openid' },
      { scope: 'email openid' },
    ],
    [
      'Twitch: an array of scopes',
      twitch(),
      { ...TOKENS, scope: ['chat:read', 'chat:edit'] },
      { scope: 'chat:read chat:edit' },
    ],
    [
      'Bitbucket: scopes instead of scope',
      bitbucket(),
      { ...TOKENS, scopes: 'account email' },
      { scope: 'account email' },
    ],
    [
      'Reddit: null instead of no expiry',
      reddit(),
      { ...TOKENS, expires_in: null, scope: 'identity' },
      { scope: 'identity' },
    ],
    [
      'Notion: members that are null',
      notion(),
      { ...TOKENS, refresh_token: null, duplicated_template_id: null, bot_id: 'b' },
      { bot_id: 'b' },
    ],
    [
      'Slack: a bot',
      slack(),
      { ok: true, ...TOKENS, token_type: 'bot', scope: 'commands,chat:write', authed_user: { id: 'U1' } },
      { scope: 'commands chat:write' },
    ],
    [
      'Slack: a user, at sign-in',
      slack({ user: true }),
      {
        ok: true,
        authed_user: {
          id: 'U1',
          access_token: 'a1',
          token_type: 'user',
          scope: 'search:read',
          expires_in: 43200,
        },
      },
      { ...TOKENS, scope: 'search:read', expires_in: 43200 },
    ],
    [
      'Slack: a user, after a refresh',
      slack({ user: true }),
      { ok: true, ...TOKENS, token_type: 'user', refresh_token: 'r2' },
      { ...TOKENS, refresh_token: 'r2' },
    ],
  ] as const)('%s', (_, provider, body, tokens) => {
    const read = tokensIn(answered.code(answer(200, body), provider))
    expect(read).toMatchObject({ ...TOKENS, ...tokens })
    for (const value of Object.values(read)) expect(value).not.toBeNull()
  })
})

describe('the request to a server', () => {
  const requestOf = (
    provider: Provider,
    client_secret: string | undefined = credentials.client_secret,
  ): SentRequest =>
    sent(
      refreshToken(provider).start({
        refresh_token: OLD_REFRESH_TOKEN,
        credentials: { client_id: 'id', client_secret },
      }).effects[0]!.request,
      provider,
    )
  const pairOf = ({ headers }: SentRequest): string =>
    fromBase64(headers['authorization']?.slice('Basic '.length) ?? '')

  test.each([bitbucket(), discord(), dropbox(), slack(), spotify(), x()])('uses HTTP Basic', provider => {
    expect(pairOf(requestOf(provider))).toBe(`id:${credentials.client_secret}`)
  })

  test.each([
    facebook(),
    github(),
    gitlab(),
    google(),
    linkedin(),
    mastodon({ baseUrl: 'https://m.example' }),
    microsoft(),
    twitch(),
  ])('has the secret in the body', provider => {
    expect(Object.fromEntries(new URLSearchParams(requestOf(provider).body))).toMatchObject({
      client_id: 'id',
      client_secret: credentials.client_secret,
    })
  })

  test('Reddit: a client without a secret sends an empty password', () => {
    const started = refreshToken(reddit()).start({ refresh_token: 'r', credentials: { client_id: 'id' } })
    const request = sent(started.effects[0]!.request, reddit())
    expect(pairOf(request)).toBe('id:')
    expect(request.body).not.toContain('client_id')
  })

  test('Notion: the request is JSON, and no failure repeats its secrets', () => {
    const request = requestOf(notion())
    expect(request.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(pairOf(request)).toBe(`id:${credentials.client_secret}`)
    expect(JSON.parse(request.body!)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: OLD_REFRESH_TOKEN,
    })
    const failure = failureIn(
      answered.refresh(answer(400, { error: `x ${OLD_REFRESH_TOKEN}`, sent: request }), notion()),
    )
    expect(JSON.stringify(failure)).not.toMatch(
      new RegExp(`${OLD_REFRESH_TOKEN}|${credentials.client_secret}`),
    )
  })

  const queryOf = (provider: Provider): URLSearchParams =>
    new URL(new Client({ client_id: 'id', provider }).Authorize.byCode('s').url).searchParams

  test.each([
    ['Google', google(), { access_type: 'offline' }],
    ['Reddit', reddit(), { duration: 'permanent' }],
    ['Dropbox', dropbox(), { token_access_type: 'offline' }],
    ['Notion', notion(), { owner: 'user' }],
  ] as const)(
    '%s: the authorization request asks for a refresh token or names the owner',
    (_, provider, parameters) => {
      expect(Object.fromEntries(queryOf(provider))).toMatchObject(parameters)
    },
  )

  test('uses PKCE, unless the server fails with it or does not support it', () => {
    const without = PRESETS.filter(({ pkce }) => typeof pkce !== 'function').map(({ name }) => name)
    expect(without).toEqual([
      'bitbucket',
      'facebook',
      'imgur',
      'linkedin',
      'notion',
      'reddit',
      'slack',
      'twitch',
    ])
    expect(PRESETS.filter(({ pkce }) => pkce === s256)).toHaveLength(PRESETS.length - without.length)
  })

  test('Google: only new Client({ offline: true }) asks for consent', () => {
    expect(queryOf(google()).has('prompt')).toBe(false)
    const { url } = new Client({ client_id: 'id', provider: google(), offline: true }).Authorize.byCode()
    expect(new URL(url).searchParams.get('prompt')).toBe('consent')
  })
})

test('your own instance has its own name, endpoints and API origin, and must have an https URL', () => {
  expect(gitlab({ baseUrl: 'https://git.example/' })).toMatchObject({
    name: 'gitlab.git.example',
    tokenEndpoint: 'https://git.example/oauth/token',
    api: { origins: ['https://git.example'] },
  })
  expect(github({ baseUrl: 'https://ghe.example' })).toMatchObject({
    name: 'github.ghe.example',
    deviceAuthorizationEndpoint: 'https://ghe.example/login/device/code',
    api: { origins: ['https://ghe.example'] },
  })
  expect(mastodon({ baseUrl: 'https://m.example/' })).toMatchObject({
    name: 'mastodon.m.example',
    revocationEndpoint: 'https://m.example/oauth/revoke',
    api: { origins: ['https://m.example'] },
  })
  expect(microsoft({ tenant: 'contoso.example' })).toMatchObject({
    name: 'microsoft.contoso.example',
    tokenEndpoint: 'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
  })
  for (const describeProvider of [gitlab, github, mastodon])
    expect(() => describeProvider({ baseUrl: 'http://git.example' })).toThrow(
      new TypeError(
        'baseUrl must be an https URL (http on loopback only) without a fragment, got "http://git.example"',
      ),
    )
})

describe('the user whom a request to the server names', () => {
  const identify = async (
    provider: Provider,
    tokens: Record<string, unknown>,
    body: unknown,
  ): Promise<{ user: unknown; requests: readonly HttpRequest[] }> => {
    const requests: HttpRequest[] = []
    const user = await (provider.identity as Identify)(
      { access_token: 'a', ...tokens },
      {
        issuer: undefined,
        client_id: 'id',
        nonce: undefined,
        nowMs: 0,
        headers: { authorization: 'Bearer a' },
        send: async request => {
          requests.push(request)
          return answer(200, body as object)
        },
      },
    )
    return { user, requests }
  }

  test.each([
    ['https://www.zohoapis.com', 'com.7', 'https://accounts.zoho.com/oauth/user/info'],
    ['https://www.zohoapis.eu', 'eu.7', 'https://accounts.zoho.eu/oauth/user/info'],
    ['https://www.zohoapis.com.cn', 'com.cn.7', 'https://accounts.zoho.com.cn/oauth/user/info'],
    ['https://www.zohoapis.ca', 'ca.7', 'https://accounts.zohocloud.ca/oauth/user/info'],
  ])('Zoho with the api_domain %s: %s', async (api_domain, user, url) => {
    const found = await identify(zoho(), { api_domain }, { ZUID: 7 })
    expect(found).toMatchObject({ user, requests: [{ method: 'GET', url }] })
  })

  test('Zoho: a token goes to no other domain, and a response without ZUID names nobody', async () => {
    for (const api_domain of [undefined, 'https://www.zohoapis.example', 'https://api.zoho.eu'])
      expect(await identify(zoho(), { api_domain }, { ZUID: 7 })).toEqual({ user: undefined, requests: [] })
    const { user } = await identify(zoho(), { api_domain: 'https://www.zohoapis.com' }, { status_code: 405 })
    expect(user).toBeUndefined()
  })

  test('Linear: a GraphQL query', async () => {
    expect(await identify(linear(), {}, { data: { viewer: { id: 'u1' } } })).toEqual({
      user: 'u1',
      requests: [
        {
          method: 'POST',
          url: 'https://api.linear.app/graphql',
          headers: {
            accept: 'application/json',
            authorization: 'Bearer a',
            'content-type': 'application/json',
          },
          body: '{"query":"{ viewer { id } }"}',
        },
      ],
    })
  })
})
