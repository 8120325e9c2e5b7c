// For any input, a flow ends with a typed failure or with tokens that are safe in a header. Each title contains the
// seed. LATCHKEY_SEED=<seed> runs the same cases again.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  answer,
  answered,
  answeredEvent,
  credentials,
  IMGUR_ANSWER,
  NOW,
  returned,
  STATE,
  strict,
} from './support.ts'
import { deviceAuthorizationGrant } from '../src/flows/index.ts'
import { imgur, type Provider } from '../src/index.ts'
import {
  clientSecretBasic,
  errorAt,
  formEncoded,
  nullMembers,
  renamed,
  s256,
  scopeArray,
  scopeCommas,
  tokensIn,
  tokenTypeMissing,
  tokenTypes,
} from '../src/provider/index.ts'

const seed = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const CASES = Number(process.env['LATCHKEY_CASES'] ?? 10_000)
/** A server that has every quirk. */
const odd: Provider = {
  ...strict,
  issuer: 'https://as.example',
  issParameter: true,
  pkce: s256,
  clientAuthentication: clientSecretBasic,
  deviceAuthorizationEndpoint: 'https://as.example/device',
  quirks: {
    tokenResponse: [
      formEncoded,
      nullMembers,
      renamed('token', 'access_token'),
      tokensIn('data'),
      tokenTypeMissing,
      tokenTypes('user', ''),
      scopeArray,
      scopeCommas,
      errorAt(['data', 'error'], ['errors', '0', 'detail'], ['message']),
    ],
    errors: [
      { word: 'bearer', means: 'reauth' },
      { word: 'x', means: 'transient' },
    ],
  },
}
const PROVIDERS = [imgur(), strict, odd]
const VISIBLE = /^[\x21-\x7e]+$/

const prototypeBefore = Object.getOwnPropertyNames(Object.prototype).join()

/** Checks the rules for every state in which a flow rests. */
function expectSound(state: object): void {
  const { type, tokens, failure } = state as {
    type: string
    tokens?: Record<string, unknown>
    failure?: { message: string }
  }
  const rests = [
    'awaitingRedirect',
    'awaitingPin',
    'awaitingToken',
    'authorized',
    'denied',
    'refreshed',
    'failed',
    'exchanging',
  ]
  if (!rests.includes(type)) throw new Error(`no state to rest in: ${type}`)
  if ((tokens === undefined) === (failure === undefined) && type !== 'exchanging')
    throw new Error('no tokens and no failure')
  if (tokens) {
    for (const name of ['access_token', 'refresh_token'])
      if (tokens[name] !== undefined && !VISIBLE.test(String(tokens[name]))) throw new Error(`unfit ${name}`)
    if (Object.getPrototypeOf(tokens) !== Object.prototype) throw new Error('a prototype was changed')
    for (const name of Object.keys(tokens))
      if (name in Object.prototype) throw new Error(`${name} is shadowed`)
  }
  if (failure && (/[\x00-\x1f]/.test(failure.message) || failure.message.length > 500))
    throw new Error('unfit message')
  if (Object.getOwnPropertyNames(Object.prototype).join() !== prototypeBefore)
    throw new Error('Object.prototype was changed')
}

const names = fc.constantFrom(
  'code',
  'state',
  'error',
  'error_description',
  'access_token',
  'token_type',
  'refresh_token',
  'expires_in',
  'pin',
  '__proto__',
  'constructor',
  'toString',
  'iss',
  'x',
)
const values = fc.oneof(
  fc.constantFrom('', STATE, 'bearer', 'access_denied', '3600', 'a\r\nb', '%', '%0d%0a', '+', 'ü'),
  fc.string(),
  fc.string({ unit: 'binary' }),
)
const part = fc
  .array(fc.tuple(names, values), { maxLength: 6 })
  .map(pairs =>
    pairs
      .map(
        ([name, value]) => `${name}=${/[%]/.test(value) ? value : encodeURIComponent(value.toWellFormed())}`,
      )
      .join('&'),
  )
const redirects = fc
  .tuple(
    fc.constantFrom('https://imgur.com/', '/callback', 'obsidian://imgur-oauth', '', 'com.example:/cb'),
    part,
    part,
  )
  .map(([base, query, fragment]) => `${base}?${query}#${fragment}`)
const inputs = fc.oneof(
  redirects,
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
)

test(`any input to a flow that waits for the user: ${CASES} cases, seed ${seed}`, () => {
  fc.assert(
    fc.property(inputs, fc.boolean(), fc.constantFrom(...PROVIDERS), (input, requireState, provider) => {
      expectSound(returned.code(input, provider))
      expectSound(returned.pin(input, provider))
      expectSound(returned.token(input, requireState, provider))
    }),
    { seed, numRuns: CASES },
  )
})

const members = fc.dictionary(
  fc.constantFrom(
    ...Object.keys(IMGUR_ANSWER),
    'error',
    'error_description',
    'data',
    'errors',
    'message',
    '__proto__',
    'constructor',
    'id_token',
  ),
  fc.oneof(fc.jsonValue(), values, fc.constantFrom(null, 0, -1, 1e308, true, [], {})),
  { noNullPrototype: true },
)
const nearMisses = fc
  .tuple(members, fc.boolean())
  .map(([odd, whole]) => JSON.stringify(whole ? { ...IMGUR_ANSWER, ...odd } : odd))
const cut = fc.tuple(nearMisses, fc.nat()).map(([body, at]) => body.slice(0, at % (body.length + 1)))
const bodies = fc.oneof(nearMisses, cut, part, fc.json(), fc.string(), fc.string({ unit: 'binary' }))
const statuses = fc.oneof(fc.constant(200), fc.integer({ min: 100, max: 599 }))

test(`any response to a token request: ${CASES} cases for each grant, seed ${seed}`, () => {
  fc.assert(
    fc.property(
      bodies,
      statuses,
      values,
      fc.boolean(),
      fc.constantFrom(...PROVIDERS),
      (body, status, header, truncated, provider) => {
        const headers = { 'content-type': header, 'retry-after': header }
        const response = { ...answer(status, body, headers), ...(truncated && { truncated: true as const }) }
        for (const come of Object.values(answered)) expectSound(come(response, provider))
      },
    ),
    { seed, numRuns: CASES },
  )
})

test(`any response to a device: ${CASES} cases, seed ${seed}`, () => {
  const machine = deviceAuthorizationGrant(odd)
  const codes = { device_code: 'd', user_code: 'u', verification_uri: 'https://as.example/' }
  const asked = machine.start({ credentials }).state
  const waiting = machine.step(asked, answeredEvent(asked, answer(200, codes))).state
  const polling = machine.step(waiting, { type: 'woke', nowMs: NOW, credentials }).state
  const ends = ['awaitingUser', 'authorized', 'denied', 'failed']
  fc.assert(
    fc.property(bodies, statuses, values, (body, status, header) => {
      const response = answer(status, body, { 'content-type': header, 'retry-after': header })
      for (const from of [asked, polling]) {
        const { state, effects } = machine.step(from, answeredEvent(from, response))
        if (!ends.includes(state.type)) throw new Error(`no state to rest in: ${state.type}`)
        if (state.type === 'awaitingUser' && !(state.wakeAtMs >= NOW + 1000)) throw new Error('no pause')
        if ((state.type === 'awaitingUser') !== (effects.length === 1)) throw new Error('no effect to wait')
      }
    }),
    { seed, numRuns: CASES },
  )
})

test('a response cut at any byte has no tokens, and its failure has no parser error', () => {
  const whole = JSON.stringify(IMGUR_ANSWER)
  for (let at = 0; at < whole.length; at++)
    for (const come of Object.values(answered)) {
      const state = come(answer(200, whole.slice(0, at))) as { failure?: { code: string; message: string } }
      expect(state.failure).toMatchObject({ code: 'indeterminate' })
      expect(state.failure?.message).not.toMatch(/JSON at|Unexpected/)
    }
})
