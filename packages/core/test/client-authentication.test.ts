import { describe, expect, test } from '@jest/globals'
import { drive, refreshToken, type RefreshState } from '../src/flows/index.ts'
import type { Provider } from '../src/index.ts'
import type { HttpRequest, HttpResponse, Transport } from '../src/ports/index.ts'
import { type ClientCredentials, clientSecretBasic, clientSecretBasicRaw } from '../src/provider/index.ts'
import { answer, fromBase64, NOW, OLD_REFRESH_TOKEN, strict, toBase64 } from './support.ts'

type Sent = HttpRequest & { readonly body: string }

/** Returns the request of a refresh with this client authentication, and its end with this response. */
async function refreshed(
  clientAuthentication: Provider['clientAuthentication'],
  credentials: ClientCredentials,
  respond: (request: Sent) => HttpResponse = () => answer(200, {}),
): Promise<{ readonly request: Sent; readonly ended: RefreshState }> {
  const provider = { ...strict, clientAuthentication }
  const machine = refreshToken(provider)
  let request: Sent | undefined
  const transport: Transport = {
    send: async sent => respond((request = sent as Sent)),
  }
  const started = machine.start({ refresh_token: OLD_REFRESH_TOKEN, credentials })
  const ended = await drive(machine, started, { transport, provider, clock: { nowMs: () => NOW } })
  return { request: request!, ended }
}

const requestOf = async (
  clientAuthentication: Provider['clientAuthentication'],
  credentials: ClientCredentials,
): Promise<Sent> => (await refreshed(clientAuthentication, credentials)).request

const parameters = ({ body }: { readonly body: string }): object =>
  Object.fromEntries(new URLSearchParams(body))
const pairOf = ({ headers }: HttpRequest): string => {
  const [, base64 = ''] = /^Basic (.*)$/.exec(headers['authorization'] ?? '') ?? []
  return fromBase64(base64)
}

const grant = { grant_type: 'refresh_token', refresh_token: OLD_REFRESH_TOKEN }

describe('client_secret_basic', () => {
  const credentials = { client_id: 'id', client_secret: 'secret' }

  test.each([
    ['form-encoded', clientSecretBasic],
    ['raw', clientSecretBasicRaw],
  ])('%s: id and secret are only in the header', async (_, how) => {
    const request = await requestOf(how, credentials)
    expect(request.headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${toBase64('id:secret')}`,
    })
    expect(parameters(request)).toEqual(grant)
  })

  test('RFC 6749 section 2.3.1: both are form-encoded before they are joined', async () => {
    const pair = pairOf(await requestOf(clientSecretBasic, { client_id: 'a:b c', client_secret: 'p%+/:=ü&' }))
    expect(pair).toBe('a%3Ab%20c:p%25%2B%2F%3A%3D%C3%BC%26')
    const [id, secret] = pair.split(':').map(part => new URLSearchParams(`x=${part}`).get('x'))
    expect([id, secret]).toEqual(['a:b c', 'p%+/:=ü&'])
  })

  test('raw: id and secret are plain UTF-8', async () => {
    expect(
      pairOf(await requestOf(clientSecretBasicRaw, { client_id: 'a b', client_secret: 'p%+/:=ü&' })),
    ).toBe('a b:p%+/:=ü&')
  })

  test.each([undefined, null, ''])(
    'a client whose secret is %p sends its id in the body',
    async client_secret => {
      const request = await requestOf(clientSecretBasic, { client_id: 'id', client_secret })
      expect(request.headers).not.toHaveProperty('authorization')
      expect(parameters(request)).toEqual({ ...grant, client_id: 'id' })
    },
  )

  test('a failure does not contain the header or the secret, even if the server repeats them', async () => {
    const secret = 'c0ffee/c0ffee+c0ffee'
    const credentials = { client_id: 'id', client_secret: secret }
    const { request, ended } = await refreshed(clientSecretBasic, credentials, ({ headers }) =>
      answer(401, {
        error: 'invalid_client',
        error_description: `${headers['authorization']}, that is ${secret} or ${encodeURIComponent(secret)}`,
      }),
    )
    const shown = JSON.stringify((ended as { failure: object }).failure)
    expect(shown).toContain('strict says: invalid_client: Basic [redacted], that is [redacted] or [redacted]')
    for (const hidden of [secret, encodeURIComponent(secret), request.headers['authorization']!.slice(6)])
      expect(shown).not.toContain(hidden)
  })
})

describe('client_secret_post and none', () => {
  const credentials = { client_id: 'id', client_secret: 'secret' }

  test('client_secret_post: id and secret are in the body', async () => {
    const request = await requestOf('client_secret_post', credentials)
    expect(request.headers).not.toHaveProperty('authorization')
    expect(parameters(request)).toEqual({ ...grant, ...credentials })
  })

  test('none: the secret is not sent, even if there is one', async () => {
    expect(parameters(await requestOf('none', credentials))).toEqual({ ...grant, client_id: 'id' })
  })
})

test('your own function can authenticate the client in any way', async () => {
  const request = await requestOf(
    ({ credentials: { client_id } }) => ({ parameters: { client_id, client_assertion: 'eyJ' } }),
    { client_id: 'id' },
  )
  expect(request.url).toBe(strict.tokenEndpoint)
  expect(parameters(request)).toEqual({ ...grant, client_id: 'id', client_assertion: 'eyJ' })
})
