// The options of the grants, and what their requests are.
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from '@jest/globals'
import {
  githubInstallation,
  jwtBearer,
  type JwtBearerOptions,
  tokenExchange,
  type TokenGrant,
  tokenGrant,
} from '../src/provider/index.ts'
import { defineProvider } from '../src/index.ts'
import type { ClientAuthentication, Provider } from '../src/provider/provider.ts'
import type { Parameters } from '../src/wire/form.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const key = rsa.export({ type: 'pkcs8', format: 'pem' }) as string
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ec = { ...privateKey.export({ format: 'jwk' }), kid: 'ec-1' }
const NOW_MS = Date.UTC(2026, 0, 2)
const clock = { nowMs: () => NOW_MS, monotonicMs: () => 0, sleep: () => new Promise<void>(() => {}) }
const credentials = { client_id: 'id', client_secret: 's3cret' }
const provider = defineProvider({
  name: 'server',
  tokenEndpoint: 'https://server.example/token',
  clientAuthentication: 'client_secret_post',
})

/** Returns the parameters that a grant sends, those of the client included. */
async function sentBy(
  grant: TokenGrant,
  parameters: Parameters = {},
  at: Provider = provider,
): Promise<object> {
  const context = { clock, credentials: () => credentials }
  const prepared = await grant.prepare(context, { type: 'grant', name: 'g', parameters }, at)
  const method = prepared.provider.clientAuthentication as ClientAuthentication
  const request = { to: 'token', url: at.tokenEndpoint, credentials, provider: at, clock } as const
  return { ...prepared.parameters, ...(await method(request)).parameters }
}

const partsOf = (jwt: string): unknown[] =>
  jwt
    .split('.')
    .slice(0, 2)
    .map(part => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown)

test.each<[string, Partial<JwtBearerOptions>, object, object]>([
  [
    'of a key',
    {},
    { alg: 'RS256', typ: 'JWT' },
    { aud: 'https://server.example/token', exp: NOW_MS / 1000 + 60 },
  ],
  ['of a JWK', { key: ec }, { alg: 'ES256', typ: 'JWT', kid: 'ec-1' }, {}],
  ['with a kid', { key: ec, kid: 'k' }, { alg: 'ES256', typ: 'JWT', kid: 'k' }, {}],
  ['of another alg', { alg: 'PS256' }, { alg: 'PS256', typ: 'JWT' }, {}],
  ['for a subject', { subject: 'who' }, { alg: 'RS256', typ: 'JWT' }, { sub: 'who' }],
  [
    'for another audience and lifetime',
    { audience: 'https://aud.example', lifetime: 3600 },
    { alg: 'RS256', typ: 'JWT' },
    { aud: 'https://aud.example', exp: NOW_MS / 1000 + 3600 },
  ],
  [
    'with more members',
    { claims: { scope: 'a b', iss: 'no' } },
    { alg: 'RS256', typ: 'JWT' },
    { scope: 'a b' },
  ],
])('an assertion %s', async (_, options, header, members) => {
  const { assertion, ...others } = (await sentBy(jwtBearer({ key, issuer: 'me', ...options }), {
    scope: 'x',
  })) as Record<string, string>
  const [sentHeader, payload] = partsOf(assertion!)
  expect(sentHeader).toEqual(header)
  expect(payload).toMatchObject({ iss: 'me', iat: NOW_MS / 1000, jti: expect.any(String), ...members })
  expect(Object.hasOwn(payload as object, 'sub')).toBe('subject' in options)
  expect(others).toEqual({
    ...credentials,
    scope: 'x',
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  })
})

test('the audience is the issuer of the provider, if it has one', async () => {
  const at = { ...provider, issuer: 'https://issuer.example' }
  const { assertion } = (await sentBy(jwtBearer({ key, issuer: 'me' }), {}, at)) as { assertion: string }
  expect(partsOf(assertion)[1]).toMatchObject({ aud: 'https://issuer.example' })
})

test('a client without authentication sends its id, and withoutClient nothing', async () => {
  const open: Provider = { ...provider, clientAuthentication: 'none' }
  const exchange = { subjectToken: () => 'subject' }
  expect(await sentBy(tokenExchange(exchange), {}, open)).toMatchObject({
    client_id: 'id',
    client_secret: null,
  })
  const anonymous = await sentBy(tokenExchange({ ...exchange, withoutClient: true }), {}, open)
  expect(anonymous).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 'subject',
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  })
  expect(await sentBy(jwtBearer({ key, issuer: 'me', withoutClient: true }))).not.toHaveProperty('client_id')
})

test.each([
  [() => jwtBearer(undefined as never), 'issuer of jwtBearer() must be a string'],
  [() => jwtBearer({ key } as never), 'issuer of jwtBearer() must be a string'],
  [() => jwtBearer({ key, issuer: 'i', iss: 'x' } as never), "'iss' is not an option of jwtBearer()"],
  [() => jwtBearer({ key, issuer: 'i', subject: 1 as never }), 'subject of jwtBearer() must be a string'],
  [() => jwtBearer({ key, issuer: 'i', kid: 1 as never }), 'kid of jwtBearer() must be a string'],
  [() => jwtBearer({ key, issuer: 'i', lifetime: 0 }), 'lifetime of jwtBearer()'],
  [
    () => jwtBearer({ key, issuer: 'i', claims: 'x' as never }),
    "jwtBearer() needs an object as its option 'claims'",
  ],
  [() => jwtBearer({ key, issuer: 'i', withoutClient: 1 as never }), 'withoutClient of jwtBearer() must be'],
  [() => jwtBearer({ key: 'x', issuer: 'i' }), 'key of jwtBearer() must be PEM text'],
  [() => jwtBearer({ key, issuer: 'i', alg: 'ES256' }), 'key of jwtBearer() cannot sign with ES256'],
  [() => tokenExchange({} as never), 'subjectToken of tokenExchange() must be a function'],
  [() => tokenExchange({ subjectToken: 'x' as never }), 'subjectToken of tokenExchange() must be a function'],
  [
    () => tokenExchange({ subjectToken: () => 'x', actorToken: 'x' as never }),
    'actorToken of tokenExchange() must be a function',
  ],
  [
    () => tokenExchange({ subjectToken: () => 'x', subjectTokenType: 1 as never }),
    'subjectTokenType of tokenExchange() must be a string',
  ],
  [() => tokenExchange({ subjectToken: () => 'x', token: 'x' } as never), "'token' is not an option"],
  [() => githubInstallation({ key } as never), 'appId of githubInstallation() must be an id'],
  [() => githubInstallation({ key, appId: 'a/b' }), 'appId of githubInstallation() must be an id'],
  [
    () => githubInstallation({ key, appId: 1, installationId: '../x' }),
    'installationId of githubInstallation() must be an id',
  ],
  [
    () => githubInstallation({ key, appId: 1, repositories: 'x' as never }),
    'repositories of githubInstallation() must be an array',
  ],
  [
    () => githubInstallation({ key, appId: 1, permissions: [] as never }),
    'permissions of githubInstallation() must be an object',
  ],
  [
    () => githubInstallation({ key, appId: 1, baseUrl: 'http://api.example' }),
    'baseUrl must be an https URL',
  ],
  [() => githubInstallation({ key: ec, appId: 1 }), 'key of githubInstallation() cannot sign with RS256'],
  [
    () => githubInstallation({ key: rsa.export({ type: 'pkcs1', format: 'pem' }) as string, appId: 1 }),
    'openssl pkcs8 -topk8',
  ],
  [() => tokenGrant(undefined as never), 'tokenGrant() needs a function'],
])('%s is a TypeError', (make, message) => {
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})

test.each([undefined, '', 'two words', 5, {}])('a subject token %p is not sent', async token => {
  const grant = tokenExchange({ subjectToken: () => token as string })
  await expect(sentBy(grant)).rejects.toMatchObject({
    renewed: {
      outcome: 'misconfigured',
      failure: {
        message: "the grant 'g' needs a token: subjectToken() returned something else; nothing was sent",
      },
    },
  })
})
