// Proofs of possession (RFC 9449): the examples of the RFC, and responses that are not as they should be.
// cspell:disable
import { describe, expect, test } from '@jest/globals'
import { fakeClock, scriptedTransport, type ScriptedResponse } from '@latchkey/test-kit'
import { dpop } from '../src/dpop/dpop.ts'
import { thumbprint } from '../src/dpop/key-ring.ts'
import { Client, type ClientOptions, defineProvider, MemoryTokenStore } from '../src/index.ts'
import type { Transport } from '../src/ports/index.ts'
import { fromBase64url } from '../src/util/base64url.ts'

const payloadOf = (proof: string | undefined): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(fromBase64url(proof!.split('.')[1]!))) as Record<string, unknown>

test('the examples of RFC 9449: sections 6.1 (jkt) and 7.1 (ath)', async () => {
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
    y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
  }
  expect(await thumbprint(jwk)).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
  const made = dpop()
  const key = await made.createKey()
  const { authorization, dpop: proof } = await made
    .prover(() => key, fakeClock({ nowMs: 1_562_262_618_000 }))
    .sign({
      url: 'https://resource.example.org/protectedresource?a=b#c',
      headers: { authorization: 'Bearer Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU' },
    })
  expect(authorization).toBe('DPoP Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU')
  expect(payloadOf(proof)).toEqual({
    jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    htm: 'GET',
    htu: 'https://resource.example.org/protectedresource',
    iat: 1_562_262_618,
    ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
  })
})

test.each([
  [{ keys: {} }, 'keys of dpop() must have a method get()'],
  [{ keys: { get() {}, set() {} } }, 'keys of dpop() must have a method delete()'],
  [{ allowBearer: 'yes' }, 'allowBearer of dpop()'],
  [{ nonce: 1 }, "'nonce'"],
])('%j is rejected', (options, message) => {
  expect(() => dpop(options as never)).toThrow(message)
  expect(() => dpop(options as never)).toThrow(TypeError)
})

const provider = defineProvider({
  name: 'strict',
  tokenEndpoint: 'https://as.example/token',
  grants: ['refresh_token'],
  api: { origins: ['https://api.example'] },
})
const json = (body: object, status = 200, headers: Record<string, string> = {}): ScriptedResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
const TOKENS = { access_token: 'a1', refresh_token: 'r1', token_type: 'DPoP', expires_in: 3600 }
const NONCE = json({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': 'n1' })

function clientOf(transport: Transport, options: ClientOptions = {}): Client {
  return new Client({
    client_id: 'c',
    provider,
    transport,
    dpop: dpop(),
    maxWaitMs: 0,
    logger: { warn() {} },
    ...options,
  })
}

describe('at the token endpoint', () => {
  test('a nonce is sent once more, with a new proof, and with every later request', async () => {
    const transport = scriptedTransport([NONCE, json(TOKENS), json({ ...TOKENS, access_token: 'a2' })])
    const client = clientOf(transport, { refresh_token: 'r0' })
    expect(await client.accessToken()).toBe('a1')
    await client.rejected('a1')
    const proofs = transport.requests.map(({ headers }) => payloadOf(headers['dpop']))
    expect(proofs.map(({ nonce }) => nonce)).toEqual([undefined, 'n1', 'n1'])
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(3)
    transport.finish()
  })

  test('a nonce that is asked for again and again costs nothing: the tokens stay', async () => {
    const clock = fakeClock()
    const transport = scriptedTransport(Array.from({ length: 6 }, () => NONCE))
    const store = new MemoryTokenStore()
    const client = clientOf(transport, { refresh_token: 'r0', clock, store })
    const failing = expect(client.accessToken()).rejects.toMatchObject({ code: 'transient' })
    // The pauses pass, but never so much time that a signature would take too long.
    for (let [seen, passed] = [0, 0]; transport.requests.length < 6;) {
      await new Promise(resolve => setTimeout(resolve, 0))
      const { length } = transport.requests
      if (length !== seen) [seen, passed] = [length, 0]
      else if (seen > 0 && seen % 2 === 0 && passed++ < 15) await clock.advance(100)
    }
    await failing
    expect(await client.status()).toMatchObject({ status: 'live' })
  })

  test.each([
    ['a header that is no nonce', { 'dpop-nonce': 'two words' }],
    ['a nonce that is too long', { 'dpop-nonce': 'n'.repeat(1_025) }],
    ['no nonce', {}],
  ])('%s is not sent', async (_, headers) => {
    const transport = scriptedTransport([json({ error: 'use_dpop_nonce' }, 400, headers)])
    const client = clientOf(transport, { refresh_token: 'r0' })
    await expect(client.accessToken()).rejects.toMatchObject({ code: 'unrecognized' })
    expect(transport.requests).toHaveLength(1)
  })

  test('a status other than 400 and 401 asks for no nonce, and the nonce of a success is kept', async () => {
    const transport = scriptedTransport([
      json(TOKENS, 200, { 'dpop-nonce': 'n2' }),
      json({ ...TOKENS, access_token: 'a2' }),
    ])
    const client = clientOf(transport, { refresh_token: 'r0' })
    await client.accessToken()
    await client.rejected('a1')
    expect(payloadOf(transport.requests[1]!.headers['dpop'])['nonce']).toBe('n2')
  })

  test('tokens that are not bound are an error, after their refresh token was saved', async () => {
    const bearer = json({ ...TOKENS, token_type: 'Bearer' })
    const store = new MemoryTokenStore()
    const client = clientOf(scriptedTransport([bearer]), { refresh_token: 'r0', store })
    await expect(client.accessToken()).rejects.toMatchObject({
      message: expect.stringContaining("a token_type that is not 'dpop'"),
    })
    expect(client.refresh_token).toBe('r1')
    expect(client.access_token).toBeNull()
  })

  test('allowBearer accepts them, and requests to the API carry no proof', async () => {
    const bearer = json({ ...TOKENS, token_type: 'Bearer' })
    const client = clientOf(scriptedTransport([bearer]), {
      refresh_token: 'r0',
      dpop: dpop({ allowBearer: true }),
    })
    expect(await client.headersFor({ url: 'https://api.example/x' })).toEqual({ authorization: 'Bearer a1' })
  })

  test('a client without dpop rejects tokens that are bound', async () => {
    const client = clientOf(scriptedTransport([json(TOKENS)]), { refresh_token: 'r0', dpop: undefined })
    await expect(client.accessToken()).rejects.toMatchObject({
      message: expect.stringContaining("a token_type that is not 'bearer'"),
    })
  })

  test('a proof that a server repeats is in no message', async () => {
    let proof = ''
    const transport = scriptedTransport([
      ({ headers }) => {
        proof = headers['dpop']!
        return { status: 400, body: JSON.stringify({ error: 'odd', error_description: proof }) }
      },
    ])
    const client = clientOf(transport, { refresh_token: 'r0' })
    const error: unknown = await client.accessToken().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'unrecognized' })
    expect(JSON.stringify(error) + String(error)).not.toContain(proof)
  })

  test("proofs follow the server's clock", async () => {
    const clock = fakeClock({ nowMs: 1_000_000_000_000 })
    const date = new Date(1_000_000_100_000).toUTCString()
    const transport = scriptedTransport([
      json({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': 'n', date }),
      json(TOKENS),
    ])
    await clientOf(transport, { refresh_token: 'r0', clock }).accessToken()
    const issued = transport.requests.map(({ headers }) => payloadOf(headers['dpop'])['iat'])
    expect(issued).toEqual([1_000_000_000, 1_000_000_100])
  })

  test('keys that do not come end after 5 s, and nothing is sent', async () => {
    const clock = fakeClock()
    const transport = scriptedTransport([])
    const store = new MemoryTokenStore()
    let noteRequest = (): void => {}
    const requested = new Promise<void>(resolve => (noteRequest = resolve))
    const keys = {
      get: () => {
        noteRequest()
        return new Promise<never>(() => {})
      },
      set: () => Promise.resolve(),
      delete: () => Promise.resolve(),
    }
    const first = clientOf(scriptedTransport([json({ ...TOKENS, expires_in: 1 })]), {
      refresh_token: 'r0',
      clock,
      store,
      dpop: dpop({ keys }),
    })
    await first.accessToken()
    await clock.advance(2_000)
    const failing = expect(
      clientOf(transport, { clock, store, dpop: dpop({ keys }) }).accessToken(),
    ).rejects.toMatchObject({
      message: expect.stringContaining('by DPoP took longer than 5 s; nothing was sent'),
    })
    await requested // Hashes come before it, on a thread: on a busy machine, they outlast any number of turns.
    for (let n = 0; n < 40; n++) await clock.advance(1_000)
    await failing
    expect(transport.requests).toEqual([])
  })
})
