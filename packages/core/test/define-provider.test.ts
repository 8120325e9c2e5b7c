import { describe, expect, test } from '@jest/globals'
import { authenticate } from '../src/signing/authenticate.ts'
import { Client, defineProvider, imgur, type ProviderDescription } from '../src/index.ts'
import { clientSecretBasic, clientSecretBasicRaw, formEncoded, s256 } from '../src/provider/index.ts'

const least: ProviderDescription = { name: 'acme', tokenEndpoint: 'https://acme.example/token' }
const usual: ProviderDescription = { ...least, authorizationEndpoint: 'https://acme.example/authorize?x=1' }

describe('a member that a description omits', () => {
  test('has the default of RFC 6749 and RFC 9700: Basic, S256, and the grants whose endpoint is given', () => {
    expect(defineProvider(usual)).toEqual({
      ...usual,
      grants: ['authorization_code', 'client_credentials', 'refresh_token'],
      clientAuthentication: clientSecretBasic,
      authenticate,
      pkce: s256,
    })
    expect(defineProvider(least).grants).toEqual(['client_credentials', 'refresh_token'])
    const device = { ...least, deviceAuthorizationEndpoint: 'https://acme.example/device' }
    expect(defineProvider(device).grants).toEqual(['device_code', 'client_credentials', 'refresh_token'])
  })

  test('has no default if the description gives it', () => {
    const own = {
      ...usual,
      grants: ['implicit'],
      clientAuthentication: clientSecretBasicRaw,
      authenticate,
      pkce: s256,
      quirks: {
        tokenResponse: [formEncoded],
        errors: [{ word: 'gone', means: 'reauth' }],
        stateUnreliable: ['implicit'],
      },
    } as const
    expect(defineProvider(own)).toEqual(own)
    expect(
      defineProvider({ ...usual, clientAuthentication: 'client_secret_post' }).clientAuthentication,
    ).toBe('client_secret_post')
    expect(defineProvider({ ...usual, pkce: 'none' }).pkce).toBe('none')
  })

  test('a description is not changed, and a provider is a valid description', () => {
    const frozen = Object.freeze({ ...usual })
    const provider = defineProvider(frozen)
    expect(defineProvider({ ...provider, pkce: provider.pkce })).toEqual(provider)
    expect(defineProvider(imgur())).toMatchObject({
      name: 'imgur',
      clientAuthentication: 'client_secret_post',
    })
  })

  test('a client keeps the query of the authorization endpoint (RFC 6749 section 3.1)', () => {
    const { url } = new Client({ client_id: 'id', provider: defineProvider(usual) }).Authorize.byCode('s')
    expect(url).toMatch(
      /^https:\/\/acme\.example\/authorize\?x=1&client_id=id&response_type=code&state=s&code_challenge=[\w-]{43}&code_challenge_method=S256$/,
    )
  })
})

test('endpoints are kept as new URL() writes them, and the issuer letter by letter', () => {
  const provider = defineProvider({
    name: 'acme',
    issuer: 'https://ACME.example',
    authorizationEndpoint: 'https://ACME.example:443/a/../authorize?x=1',
    tokenEndpoint: 'https:\\\\acme.example\\token',
  })
  expect(provider).toMatchObject({
    issuer: 'https://ACME.example',
    authorizationEndpoint: 'https://acme.example/authorize?x=1',
    tokenEndpoint: 'https://acme.example/token',
  })
  expect(defineProvider(provider)).toEqual(provider)
  expect(imgur({ baseUrl: `https://IMGUR.example${'/'.repeat(40_000)}` }).tokenEndpoint).toBe(
    'https://imgur.example/oauth2/token',
  )
})

test.each([
  'https://user@a.example/x',
  'https://user:hunter2@a.example/x',
  'https://:hunter2@a.example/x',
  'https://good.example@a.example/x',
  'https://a.exa\nmple/x',
  'https://a.example/x\t',
  ' https://a.example/x',
  'https://a.example/\0',
  'https://a.example/x\x7f',
])('%j is no endpoint, and the message does not repeat it', url => {
  for (const make of [
    () => defineProvider({ ...usual, tokenEndpoint: url }),
    () => defineProvider({ ...usual, issuer: url }),
    () => imgur({ baseUrl: url }),
  ]) {
    expect(make).toThrow(TypeError)
    expect(make).toThrow('must not have a user name, a password, white space or a control character')
    expect(make).not.toThrow('hunter2')
  }
})

test('an https issuer must not name an http endpoint, and an http issuer on loopback may', () => {
  const local = { ...usual, tokenEndpoint: 'HTTP://127.0.0.1:1/token' }
  expect(() => defineProvider({ ...local, issuer: 'https://acme.example' })).toThrow(
    'tokenEndpoint must be https, as the issuer is',
  )
  expect(() => defineProvider({ ...local, issuer: 'http://127.0.0.1:1' })).not.toThrow()
})

test.each(['client_id', 'response_type', 'state', 'redirect_uri', 'scope', 'code_challenge', 'request_uri'])(
  'the query of the authorization endpoint must not repeat %s',
  name => {
    for (const query of [`${name}=x`, `a=1&${name}`, `${name.replace('e', '%65')}=x`]) {
      const make = () =>
        defineProvider({ ...usual, authorizationEndpoint: `https://acme.example/a?${query}` })
      expect(make).toThrow(TypeError)
      expect(make).toThrow(`authorizationEndpoint must not have '${name}' in its query`)
    }
  },
)

describe('a wrong description is a TypeError that names the wrong member', () => {
  const urls = [
    'authorizationEndpoint',
    'tokenEndpoint',
    'deviceAuthorizationEndpoint',
    'pushedAuthorizationRequestEndpoint',
    'revocationEndpoint',
    'introspectionEndpoint',
    'issuer',
  ]
  test.each(urls)('%s must be https, or http on loopback, without a fragment', member => {
    const make = (value: unknown) => () =>
      defineProvider({ ...usual, [member]: value } as ProviderDescription)
    for (const good of [
      'https://a.example/x',
      'http://127.0.0.1:1/x',
      'http://[::1]:1/',
      'http://localhost/x',
    ])
      expect(make(good)).not.toThrow()
    for (const bad of [
      'http://a.example/x',
      'http://127.0.0.1.evil.example/x',
      'http://localhost.evil.example/',
      'ftp://a.example/x',
      'javascript:alert(1)',
      '/token',
      '',
      'https://a.example/x#y',
      1,
      null,
      {},
    ]) {
      expect(make(bad)).toThrow(TypeError)
      expect(make(bad)).toThrow(member)
    }
  })

  test.each([
    [{ tokenURL: 'https://a.example' }, "'tokenURL' is no member of a provider; there are name, issuer,"],
    [{ toString: 1 }, "'toString' is no member of a provider"],
    [{ name: '' }, 'name must be text that is not empty'],
    [{ name: 1 }, 'name must be a string'],
    [{ name: undefined }, 'a provider needs name'],
    [{ tokenEndpoint: undefined }, 'a provider needs tokenEndpoint'],
    [{ issParameter: 'yes' }, 'issParameter must be a boolean'],
    [{ issParameter: true }, 'a provider needs issuer'],
    [{ requirePushedAuthorizationRequests: true }, 'a provider needs pushedAuthorizationRequestEndpoint'],
    [{ grants: 'authorization_code' }, 'grants must be an array'],
    [{ grants: ['password'] }, 'grants[0] must be one of authorization_code, client_credentials,'],
    [{ grants: ['refresh_token', 'device_code'] }, 'a provider needs deviceAuthorizationEndpoint'],
    [{ grants: ['pin'], authorizationEndpoint: undefined }, 'a provider needs authorizationEndpoint'],
    [
      { clientAuthentication: 'basic' },
      'clientAuthentication must be one of client_secret_basic, client_secret_post, none, or a function',
    ],
    [{ clientAuthentication: 'a function' }, 'clientAuthentication must be one of'],
    [{ pkce: 'plain' }, 'pkce must be one of S256, none, or a function'],
    [{ pkce: true }, 'pkce must be one of S256, none, or a function'],
    [{ quirks: [] }, 'quirks must be an object, not an array'],
    [
      { quirks: { nullMembers: true } },
      "'nullMembers' is no member of quirks; there are authorizationRequest, authorizationResponse, tokenRequest, tokenResponse, errors, stateUnreliable, tokenRejected",
    ],
    [{ quirks: { tokenResponse: ['formEncoded'] } }, 'quirks.tokenResponse[0] must be a function'],
    [
      { quirks: { errors: [{ word: 'gone', means: 'dead' }] } },
      'quirks.errors[0].means must be one of reauth, declined,',
    ],
    [{ quirks: { stateUnreliable: ['token'] } }, 'quirks.stateUnreliable[0] must be one of'],
  ])('%j', (wrong, message) => {
    const make = () => defineProvider({ ...usual, ...wrong } as ProviderDescription)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test.each([undefined, null, 'acme', [], 1])('%p is not a description', description => {
    expect(() => defineProvider(description as never)).toThrow(TypeError)
  })
})

describe('allowInsecure', () => {
  const cluster = {
    name: 'keycloak',
    issuer: 'http://keycloak:8080/realms/r',
    authorizationEndpoint: 'https://login.example/authorize',
    tokenEndpoint: 'http://keycloak:8080/token',
    revocationEndpoint: 'http://keycloak:8080/revoke',
  } as const

  test('permits http for this provider, except where the user is sent, and warns once', () => {
    expect(() => defineProvider(cluster)).toThrow('allowInsecure: true permits http for this provider')
    const provider = defineProvider({ ...cluster, allowInsecure: true })
    expect(provider).toMatchObject({ tokenEndpoint: cluster.tokenEndpoint, issuer: cluster.issuer })
    expect(defineProvider(provider)).toEqual(provider)
    const warnings: string[] = []
    new Client({ client_id: 'c', provider, logger: { warn: message => void warnings.push(message) } })
    expect(warnings).toEqual([
      'Latchkey: keycloak is used over http: everybody on the network can read the tokens',
    ])
  })

  test.each([
    [
      { authorizationEndpoint: 'http://keycloak:8080/authorize' },
      'authorizationEndpoint must be an https URL',
    ],
    [{ identity: 'id_token.sub' }, 'identity must not be id_token.sub'],
    [{ allowInsecure: 'yes' }, 'allowInsecure must be a boolean'],
    [{ tokenEndpoint: 'ftp://keycloak/token' }, 'tokenEndpoint must be an https URL'],
    [{ api: { origins: ['http://api:8080'] } }, 'api.origins[0] must be an https URL'],
  ])('%j is a TypeError', (members, message) => {
    const description = { ...cluster, allowInsecure: true, ...members } as never
    expect(() => defineProvider(description)).toThrow(TypeError)
    expect(() => defineProvider(description)).toThrow(message)
  })
})
