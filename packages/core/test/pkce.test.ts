// The titles of the property tests contain their seed. LATCHKEY_SEED=<seed> runs the same cases again.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { authorizationCode } from '../src/flows/index.ts'
import { Client, type Provider } from '../src/index.ts'
import { s256 } from '../src/provider/index.ts'
import { sha256 } from '../src/pkce/sha256.ts'
import { answer, answeredEvent, credentials, STATE, strict } from './support.ts'

const seed = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
const unhex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], digits => Number.parseInt(digits, 16))
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The runtime's SHA-256. */
const theirs = async (message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', message))
/** The challenge of RFC 7636 section 4.2, with the runtime's SHA-256. */
const challengeFor = async (verifier: string): Promise<string> =>
  btoa(String.fromCharCode(...(await theirs(new TextEncoder().encode(verifier)))))
    .replace(/=+$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')

describe('SHA-256', () => {
  // The examples of FIPS 180-4, and some of NIST's CAVP byte-oriented short messages with every padding.
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['616263', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      hex(ascii('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')),
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    [
      hex(
        ascii(
          'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
        ),
      ),
      'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
    ],
    ['d3', '28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1'],
    ['11af', '5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98'],
    ['b4190e', 'dff2e73091f6c05e528896c4c831b9448653dc2ff043528f6769437bc7b975c2'],
    ['74ba2521', 'b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e'],
  ])('of %s', (message, digest) => {
    expect(hex(sha256(unhex(message)))).toBe(digest)
  })

  test('of a million times the letter a', () => {
    expect(hex(sha256(new Uint8Array(1_000_000).fill(0x61)))).toBe(
      'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
    )
  })

  test('of every length up to three blocks equals that of Web Crypto', async () => {
    for (let length = 0; length <= 192; length++) {
      const message = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff)
      expect(hex(sha256(message))).toBe(hex(await theirs(message)))
    }
  })

  test(`of any bytes equals that of Web Crypto: seed ${seed}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 1000 }), async message => {
        expect(hex(sha256(message))).toBe(hex(await theirs(message)))
      }),
      { seed, numRuns: 3000 },
    )
  })

  test('does not change its message', () => {
    const message = Uint8Array.from([1, 2, 3])
    sha256(message)
    expect([...message]).toEqual([1, 2, 3])
  })
})

describe('s256', () => {
  test("RFC 7636 appendix B: the verifier's challenge", () => {
    expect(s256('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toEqual({
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
  })

  const characters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~']
  const verifiers = fc.string({ unit: fc.constantFrom(...characters), minLength: 43, maxLength: 128 })

  test(`any verifier's challenge equals that of Web Crypto: seed ${seed}`, async () => {
    await fc.assert(
      fc.asyncProperty(verifiers, async verifier => {
        expect(s256(verifier)).toHaveProperty('code_challenge', await challengeFor(verifier))
      }),
      { seed, numRuns: 2000 },
    )
  })

  test.each([
    undefined,
    '',
    'a'.repeat(42),
    'a'.repeat(129),
    'ü'.repeat(50),
    `${'a'.repeat(50)}\n`,
    ' '.repeat(50),
  ])('RFC 7636 section 4.1: %p is not a verifier', verifier => {
    expect(() => s256(verifier)).toThrow(TypeError)
    expect(() => s256(verifier)).toThrow('code_verifier')
  })
})

describe('the authorization code grant with PKCE', () => {
  const provider: Provider = { ...strict, pkce: s256 }
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const machine = authorizationCode(provider)
  const request = { client_id: 'id', state: STATE, redirect_uri: 'https://app.example/cb', code_verifier }

  test('RFC 7636 section 4.3: the authorization request has the challenge and not the verifier', () => {
    const { state } = machine.start(request)
    expect(state).toHaveProperty('code_verifier', code_verifier)
    const { url } = state as { url: string }
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      client_id: 'id',
      response_type: 'code',
      state: STATE,
      redirect_uri: 'https://app.example/cb',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    expect(url).not.toContain(code_verifier)
  })

  test('RFC 7636 section 4.5: the exchange has the verifier, and the redirect_uri that was sent', () => {
    const input = `https://app.example/cb?code=c0de&state=${STATE}`
    const { state } = machine.step(machine.start(request).state, { type: 'returned', input, credentials })
    const { parameters } = (state as unknown as { request: { parameters: object } }).request
    expect(parameters).toEqual({
      grant_type: 'authorization_code',
      code: 'c0de',
      redirect_uri: 'https://app.example/cb',
      code_verifier,
    })
  })

  test('a failed exchange keeps the verifier for the next attempt, and no failure repeats it', () => {
    const waiting = machine.start(request).state
    const sent = machine.step(waiting, { type: 'returned', input: 'c0de', credentials }).state
    const response = answer(400, { error: 'invalid_grant', error_description: `not ${code_verifier}` })
    const back = machine.step(sent, answeredEvent(sent, response)).state
    expect(back).toMatchObject({ type: 'awaitingRedirect', code_verifier })
    const { failure } = back as { failure: object }
    expect(failure).toMatchObject({
      code: 'invalid_grant',
      message: 'strict says: invalid_grant: not [redacted] (HTTP 400)',
    })
    expect(JSON.stringify(failure)).not.toContain(code_verifier)
  })

  test('does not start without a verifier', () => {
    const { code_verifier: _, ...bare } = request
    expect(() => machine.start(bare)).toThrow(
      new TypeError('code_verifier must be 43 to 128 letters, digits or any of -._~ (RFC 7636 section 4.1)'),
    )
  })

  test('a provider without pkce sends no verifier, even if there is one', () => {
    const { state } = authorizationCode(strict).start(request)
    expect(JSON.stringify(state)).not.toMatch(/challenge|verifier/)
  })
})

describe('a client of a provider with PKCE', () => {
  const provider: Provider = { ...strict, pkce: s256 }
  const client = (): Client => new Client({ client_id: 'id', provider })
  const challengeOf = (url: string): string | null => new URL(url).searchParams.get('code_challenge')

  test('every flow has its own verifier of 256 random bits', async () => {
    const flows = Array.from({ length: 20 }, () => client().Authorize.byCode())
    const verifiers = flows.map(flow => (flow.toJSON() as { code_verifier: string }).code_verifier)
    expect(new Set(verifiers).size).toBe(20)
    for (const [i, verifier] of verifiers.entries()) {
      expect(verifier).toMatch(/^[0-9a-f]{64}$/)
      expect(challengeOf(flows[i]!.url)).toBe(await challengeFor(verifier))
    }
  })

  test('the token flow has none, since it has no code', () => {
    const flow = client().Authorize.byToken()
    expect(challengeOf(flow.url)).toBeNull()
    expect(JSON.stringify(flow)).not.toContain('verifier')
  })

  test('a saved flow is resumed with its verifier', async () => {
    const sent: string[] = []
    const transport = {
      send: ({ body = '' }) => {
        sent.push(body)
        return Promise.resolve(answer(200, { access_token: 'a1', token_type: 'bearer' }))
      },
    }
    const begun = client().Authorize.byCode()
    const saved = JSON.stringify(begun)
    await new Client({ client_id: 'id', provider, transport }).Authorize.resume(saved).authorize('c0de')
    const { code_verifier } = JSON.parse(saved) as { code_verifier: string }
    expect(new URLSearchParams(sent[0]).get('code_verifier')).toBe(code_verifier)
  })

  test.each([1, '', null, undefined])('a saved flow whose verifier is %p is damaged', code_verifier => {
    const saved = { ...client().Authorize.byCode().toJSON(), code_verifier }
    expect(() => client().Authorize.resume(saved as never)).toThrow(
      'this saved flow is damaged: start a new one',
    )
  })

  test.each([
    ['https://as.example.evil.example/authorize?x'],
    ['https://evil.example/authorize?https://as.example/authorize?'],
    ['https://user@as.example/authorize?x'],
    ['https://as.example:8443/authorize?x'],
    ['http://as.example/authorize?x'],
    ['https://as.example/authorize/../other?x'],
    ['https://as.example/authorize/more?x'],
    ['https://as.example/Authorize?x'],
    ['https://as.exa\nmple/authorize?x'],
    ['javascript:alert(1)//as.example/authorize?'],
    ['/authorize?x'],
    [''],
  ])('a saved flow with the URL %j is damaged', url => {
    const saved = { ...client().Authorize.byCode().toJSON(), url }
    expect(() => client().Authorize.resume(saved as never)).toThrow(
      'this saved flow is damaged: start a new one',
    )
  })
})
