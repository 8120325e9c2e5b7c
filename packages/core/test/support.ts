import {
  authorizationCode,
  type AuthorizationCodeState,
  implicit,
  type ImplicitState,
  pin,
  type PinState,
  refreshToken,
  type RefreshState,
} from '../src/flows/index.ts'
import { imgur, type Provider, type Tokens } from '../src/index.ts'
import type { Failure } from '../src/keeper/index.ts'
import type { HttpResponse } from '../src/ports/index.ts'

/** The instant of every test, in ms. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

export const STATE = 'f00dfeedf00dfeedf00dfeedf00dfeed'
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
export const credentials = {
  client_id: '43652b743b5a7a0',
  client_secret: 'c0ffeec0ffeec0ffeec0ffeec0ffeec0ffee0001',
}
export const OLD_REFRESH_TOKEN = '0ld0ld0ld0ld0ld0ld0ld0ld0ld0ld0ld0ld0ld0'

/** A recorded answer of Imgur's token endpoint: its members, their types and their order. */
export const IMGUR_ANSWER = {
  access_token: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1',
  expires_in: 315360000,
  token_type: 'bearer',
  scope: null,
  refresh_token: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2',
  account_id: 4118974,
  account_username: 'rmp135',
}

/** A server that keeps to RFC 6749 and says so. */
export const strict: Provider = {
  name: 'strict',
  authorizationEndpoint: 'https://as.example/authorize',
  tokenEndpoint: 'https://as.example/token',
  grants: ['authorization_code', 'implicit', 'refresh_token'],
  clientAuthentication: 'client_secret_post',
}

/** A response: text as it is, anything else as JSON. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return typeof body === 'string'
    ? { status, headers: { 'content-type': 'text/html', ...headers }, body }
    : { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** Base64 of a text in UTF-8, and the text of it, in any runtime. */
export const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
export const fromBase64 = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), byte => byte.charCodeAt(0)))

/** What a flow rests in after the person came back with `input`. */
export const returned = {
  code(input: string, provider = imgur()): AuthorizationCodeState {
    const machine = authorizationCode(provider)
    const { state } = machine.start({
      client_id: credentials.client_id,
      state: STATE,
      code_verifier: VERIFIER,
    })
    return machine.step(state, { type: 'returned', input, credentials }).state
  },
  pin(input: string, provider = imgur()): PinState {
    const machine = pin(provider)
    const { state } = machine.start({ client_id: credentials.client_id, state: STATE })
    return machine.step(state, { type: 'returned', input, credentials }).state
  },
  token(input: string, requireState = false, provider = imgur()): ImplicitState {
    const machine = implicit(provider)
    const { state } = machine.start({ client_id: credentials.client_id, state: STATE })
    return machine.step(state, { type: 'returned', input, nowMs: NOW, requireState }).state
  },
}

/** What each request for tokens comes to when it is answered with `response`. */
export const answered = {
  code: (response: HttpResponse, provider = imgur()): AuthorizationCodeState =>
    authorizationCode(provider).step(returned.code('c0dec0dec0de', provider), {
      type: 'answered',
      response,
      nowMs: NOW,
    }).state,
  pin: (response: HttpResponse, provider = imgur()): PinState =>
    pin(provider).step(returned.pin('4118974', provider), { type: 'answered', response, nowMs: NOW }).state,
  refresh(response: HttpResponse, provider = imgur()): RefreshState {
    const machine = refreshToken(provider)
    const { state } = machine.start({ refresh_token: OLD_REFRESH_TOKEN, credentials })
    return machine.step(state, { type: 'answered', response, nowMs: NOW }).state
  },
}

/** The requests for tokens, as the name of a test and what it is about. */
export const REQUESTS = Object.entries(answered)

/** The tokens of a state that has them. */
export function tokensIn(state: { readonly type: string }): Tokens {
  const { tokens } = state as { readonly tokens?: Tokens }
  if (!tokens) throw new Error(`no tokens while '${state.type}': ${JSON.stringify(state)}`)
  return tokens
}

/** The failure of a state that has one. */
export function failureIn(state: { readonly type: string }): Failure {
  const { failure } = state as { readonly failure?: Failure }
  if (!failure) throw new Error(`no failure while '${state.type}'`)
  return failure
}
