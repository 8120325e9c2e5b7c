// These tests plant secrets in every possible place. Nothing that a program might print may contain one.
import { scrub } from '../src/util/scrub.ts'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { expect, test } from '@jest/globals'
import { authorizationCode, refreshToken } from '../src/flows/index.ts'
import {
  AuthorizationError,
  Client,
  clientCredentials,
  defineProvider,
  deviceAuthorization,
  errorOf,
  imgur,
  introspect,
  pushAuthorization,
  revoke,
  TransportError,
} from '../src/index.ts'
import type { FailureCode } from '../src/keeper/index.ts'
import { type HttpRequest, systemClock } from '../src/ports/index.ts'
import { clientSecretBasic, clientSecretBasicAlways, clientSecretBasicRaw } from '../src/provider/index.ts'
import { kindOf } from '../src/failure.ts'
import { fromBase64, toBase64 } from './support.ts'

const SECRETS = {
  client_secret: 'c4nary-secret/+&="\\<x>',
  code: 'c4nary-code/+&="\\<y>',
  refresh_token: 'c4nary-refresh/+&="\\<z>',
  access_token: 'c4nary-access',
  password: 'c4nary-password',
}
const { client_secret, code, refresh_token } = SECRETS
const spellings = Object.values(SECRETS).flatMap(secret => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
])
const canary = /c4nary/

function everythingOf(value: unknown): string {
  const parts: string[] = []
  for (let at = value; at instanceof Error; at = at.cause) parts.push(at.message, at.stack ?? '', String(at))
  return [...parts, JSON.stringify(value), inspect(value, { showHidden: true, depth: Infinity })].join('\n')
}

/** Responses of a server that repeats a secret it received, in every encoding. */
const ECHOES = {
  'in Imgur’s envelope': (text: string) =>
    JSON.stringify({ data: { error: `no: ${text}`, request: '/oauth2/token' } }),
  'in an error of RFC 6749': (text: string) =>
    JSON.stringify({ error: 'invalid_grant', error_description: text }),
  'in HTML': (text: string) => `<html>${text}</html>`,
  'as a form': (text: string) => `error=x&client_secret=${encodeURIComponent(text)}`,
  'as a success without usable tokens': (text: string) =>
    JSON.stringify({
      access_token: 5,
      refresh_token: text,
      password: SECRETS.password,
      nested: { id_token: text },
    }),
  'as a truncated success': (text: string) => `{"access_token":"${JSON.stringify(text).slice(1, -1)}`,
}

test.each(Object.entries(ECHOES))('a response that repeats the request %s', async (_, echo) => {
  for (const status of [200, 400, 401, 429, 500])
    for (const secret of [client_secret, code, refresh_token].flatMap(one => [
      one,
      encodeURIComponent(one),
    ])) {
      const transport = {
        // A server knows only the secrets that it received.
        async send({ body = '' }: HttpRequest) {
          const plain = secret.includes('%') ? decodeURIComponent(secret) : secret
          const text = [...new URLSearchParams(body).values()].includes(plain) ? secret : client_secret
          return {
            status,
            headers: { 'content-type': `text/html; ${text}` },
            body: echo(text),
          }
        },
      }
      const client = new Client({
        client_id: 'id',
        client_secret,
        refresh_token,
        transport,
        maxWaitMs: 0,
        clock: { ...systemClock, sleep: () => setImmediate() },
        logger: { warn() {} },
      })
      const auth = client.Authorize.byCode()
      const failures = await Promise.all([
        auth.authorize(code).catch((error: unknown) => error),
        client.Authorize.byPIN()
          .authorize(code)
          .catch((error: unknown) => error),
        client.Authorize.regenerateFromRefreshToken().catch((error: unknown) => error),
      ])
      for (const failure of failures) {
        expect(failure).toBeInstanceOf(Error)
        expect(everythingOf(failure)).not.toMatch(canary)
      }
      expect(everythingOf([client, auth, auth.toJSON()])).not.toMatch(canary)
    }
})

test('a redirect error that repeats its code and tokens', () => {
  const auth = new Client('id').Authorize.byToken('mine')
  const url = `https://imgur.com/?state=mine&error=server_error&code=${SECRETS.access_token}&error_description=${SECRETS.access_token}`
  let failure: unknown
  try {
    auth.authorize(url)
  } catch (error) {
    failure = error
  }
  expect(failure).toMatchObject({ name: 'TransientError', message: 'imgur says: server_error: [redacted]' })
  expect(everythingOf([failure, auth.toJSON()])).not.toMatch(canary)
})

test('a foreign transport that throws the request', async () => {
  const thrown = Object.assign(new Error(spellings.join()), {
    request: { body: client_secret },
    code: 'EWHAT',
  })
  const transport = { send: () => Promise.reject(thrown) }
  const client = new Client({ client_id: 'id', client_secret, refresh_token, transport })
  const failure = await client.Authorize.regenerateFromRefreshToken().catch((error: unknown) => error)
  expect(failure).toMatchObject({ name: 'IndeterminateError', message: 'the transport failed' })
  expect(everythingOf(failure)).not.toMatch(canary)
})

test('a cause keeps only its name, code and syscall', () => {
  const cause = Object.assign(
    new TypeError(client_secret, {
      cause: Object.assign(new Error(code), { code: 'ECONNRESET', syscall: 'read' }),
    }),
    { request: refresh_token },
  )
  const error = new TransportError('lost', { sent: 'unknown', cause })
  expect(error.cause).toEqual({ name: 'Error', code: 'ECONNRESET', syscall: 'read' })
  expect(everythingOf(error)).not.toMatch(canary)
})

test('the tokens of a flow, printed', () => {
  const machine = refreshToken(imgur())
  const { state } = machine.start({ refresh_token, credentials: { client_id: 'id', client_secret } })
  const body = JSON.stringify({
    access_token: SECRETS.access_token,
    token_type: 'bearer',
    id_token: SECRETS.password,
  })
  const ended = machine.step(state, {
    type: 'answered',
    request: { method: 'POST', url: 'https://as.example/token', headers: {} },
    response: { status: 200, headers: {}, body },
    nowMs: 0,
  }).state
  const { tokens } = ended as unknown as { tokens: object }
  expect(inspect(tokens, { depth: Infinity })).not.toMatch(canary)
  expect(JSON.stringify(tokens)).toMatch(canary)
})

test('a saved flow contains no secret of the client', () => {
  const waiting = authorizationCode(imgur()).start({ client_id: 'id', state: 's' }).state
  expect(JSON.stringify(waiting)).not.toMatch(/secret/)
})

test('every failure has an error class with a literal name and code', () => {
  const names: Record<FailureCode, string> = {
    redirect_invalid: 'RedirectError',
    state_mismatch: 'StateMismatchError',
    issuer_mismatch: 'IssuerMismatchError',
    access_denied: 'AccessDeniedError',
    invalid_grant: 'InvalidGrantError',
    misconfigured: 'MisconfiguredError',
    transient: 'TransientError',
    indeterminate: 'IndeterminateError',
    unrecognized: 'UnrecognizedError',
    interaction_required: 'InteractionRequiredError',
    signed_out: 'SignedOutError',
    reauth_required: 'ReauthRequiredError',
    store_unavailable: 'StoreError',
    record_unusable: 'RecordError',
    missing_transport: 'MissingTransportError',
  }
  const answer = { message: 'm', status: 400, body: 'b', retryAtMs: 1 }
  for (const [code, name] of Object.entries(names)) {
    const error = errorOf({ code: code as FailureCode, ...answer })
    expect(error).toMatchObject({ code, name })
    if (!(error instanceof AuthorizationError)) continue
    expect(error).toMatchObject({ ...answer, kind: kindOf(error.code as FailureCode) })
  }
})

test('a server that repeats its request, at every endpoint and with every client authentication', async () => {
  const provider = defineProvider({
    name: 'acme',
    authorizationEndpoint: 'https://acme.example/authorize',
    tokenEndpoint: 'https://acme.example/token',
    deviceAuthorizationEndpoint: 'https://acme.example/device',
    pushedAuthorizationRequestEndpoint: 'https://acme.example/par',
    revocationEndpoint: 'https://acme.example/revoke',
    introspectionEndpoint: 'https://acme.example/introspect',
  })
  const ways = [
    clientSecretBasic,
    clientSecretBasicAlways,
    clientSecretBasicRaw,
    'client_secret_post',
  ] as const
  const formats = ['form', 'json', 'query'] as const
  const variants = ways.flatMap(clientAuthentication =>
    formats.map(tokenRequestFormat => ({ clientAuthentication, tokenRequestFormat })),
  )
  for (const variant of variants.map(({ tokenRequestFormat, ...rest }) =>
    defineProvider({ ...provider, ...rest, tokenRequestFormat }),
  ))
    for (const status of [200, 400, 401, 500]) {
      const transport = {
        send({ headers, url, body = url }: HttpRequest) {
          const { authorization = '' } = headers
          const pair = fromBase64(authorization.slice('Basic '.length))
          const error = {
            error: 'server_error',
            error_description: `${authorization} ${pair} ${body}`,
          }
          return Promise.resolve({
            status,
            headers: { 'content-type': authorization },
            body: JSON.stringify(error),
          })
        },
      }
      const client = new Client({
        client_id: 'id',
        client_secret,
        access_token: SECRETS.access_token,
        provider: variant,
        transport,
        logger: { warn() {} },
      })
      for (const call of [deviceAuthorization, clientCredentials, pushAuthorization, revoke, introspect]) {
        const failure = await call(client).catch((error: unknown) => error)
        expect(failure).toMatchObject({ message: expect.stringContaining('acme says: server_error') })
        expect(everythingOf(failure)).not.toMatch(canary)
        expect(everythingOf(failure)).not.toContain(toBase64(`id:${client_secret}`))
      }
    }
})

test('a secret that begins like another, is form-encoded, or is not well-formed leaves nothing behind', () => {
  expect(scrub('x abcd1-longer y', ['abcd1', 'abcd1-longer'])).toBe('x [redacted] y')
  expect(scrub('code=ab%7Ecd%21', ['ab~cd!'])).not.toMatch(/ab|cd/)
  expect(scrub('a \ud800bcd', ['\ud800bcd'])).toBe('a [redacted]')
})
