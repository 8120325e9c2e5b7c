import {
  type Answered,
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
import { type ClientProof, type ClientRequest, formRequest } from '../src/provider/index.ts'
import type { AnyRequest, SentRequest } from '../src/wire/client-request.ts'

/** The time of every test, Unix time in ms. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

export const STATE = 'f00dfeedf00dfeedf00dfeedf00dfeed'
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
export const credentials = {
  client_id: '43652b743b5a7a0',
  client_secret: 'c0ffeec0ffeec0ffeec0ffeec0ffeec0ffee0001',
}
export const OLD_REFRESH_TOKEN = '0ld0ld0ld0ld0ld0ld0ld0ld0ld0ld0ld0ld0ld0'

/** A recorded response of Imgur's token endpoint: its members, their types and their order. */
export const IMGUR_ANSWER = {
  access_token: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1',
  expires_in: 315360000,
  token_type: 'bearer',
  scope: null,
  refresh_token: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2',
  account_id: 4118974,
  account_username: 'rmp135',
}

/** A server without quirks, which follows RFC 6749. */
export const strict: Provider = {
  name: 'strict',
  authorizationEndpoint: 'https://as.example/authorize',
  tokenEndpoint: 'https://as.example/token',
  grants: ['authorization_code', 'implicit', 'refresh_token'],
  clientAuthentication: 'client_secret_post',
}

/** Returns a response with this body: text unchanged, any other value as JSON. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return typeof body === 'string'
    ? { status, headers: { 'content-type': 'text/html', ...headers }, body }
    : { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** Encode UTF-8 text to Base64 and decode it, in any runtime. */
export const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
export const fromBase64 = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), byte => byte.charCodeAt(0)))

/** Returns the state of a flow after the user came back with `input`. */
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

/** Returns what `perform` sends for a request of a machine, without waiting; `provider` signs it at once. */
export function sent(request: AnyRequest, provider: Provider = strict): SentRequest {
  const { url, parameters, context, credentials } = request as ClientRequest
  const { clientAuthentication: method, quirks, tokenRequestFormat = formRequest } = provider
  const clock = { nowMs: () => NOW }
  const proof =
    typeof method === 'function'
      ? (method({ ...context, credentials, url, provider, clock }) as ClientProof)
      : { parameters: { ...credentials, ...(method === 'none' && { client_secret: undefined }) } }
  const all = { ...parameters, ...proof.parameters }
  const converted = (quirks?.tokenRequest ?? []).reduce((last, quirk) => quirk(last, context), all)
  const secrets = [
    credentials.client_secret ?? '',
    ...['code', 'pin', 'refresh_token', 'code_verifier', 'device_code', 'client_secret'].map(name =>
      String(all[name as never] ?? ''),
    ),
    ...Object.values(proof.headers ?? {}).map(value => value.replace(/^\S+ /, '')),
  ].filter(text => text.length > 3)
  return { ...tokenRequestFormat(url, converted, proof.headers), context, secrets }
}

/** Returns the event of a response to the request of `state`. */
export function answeredEvent(
  state: { readonly type: string },
  response: HttpResponse,
  provider?: Provider,
  nowMs: number = NOW,
): Answered {
  const { request } = state as unknown as { readonly request: AnyRequest }
  return { type: 'answered', request: sent(request, provider), response, nowMs }
}

/** Returns the state of a flow after this response to its token request. */
export const answered = {
  code(response: HttpResponse, provider = imgur()): AuthorizationCodeState {
    const state = returned.code('c0dec0dec0de', provider)
    return authorizationCode(provider).step(state, answeredEvent(state, response, provider)).state
  },
  pin(response: HttpResponse, provider = imgur()): PinState {
    const state = returned.pin('4118974', provider)
    return pin(provider).step(state, answeredEvent(state, response, provider)).state
  },
  refresh(response: HttpResponse, provider = imgur()): RefreshState {
    const machine = refreshToken(provider)
    const { state } = machine.start({ refresh_token: OLD_REFRESH_TOKEN, credentials })
    return machine.step(state, answeredEvent(state, response, provider)).state
  },
}

/** The token requests: their names, and the functions of `answered`. */
export const REQUESTS = Object.entries(answered)

/** Returns the tokens of a state. Throws if it has none. */
export function tokensIn(state: { readonly type: string }): Tokens {
  const { tokens } = state as { readonly tokens?: Tokens }
  if (!tokens) throw new Error(`no tokens while '${state.type}': ${JSON.stringify(state)}`)
  return tokens
}

/** Returns the failure of a state. Throws if it has none. */
export function failureIn(state: { readonly type: string }): Failure {
  const { failure } = state as { readonly failure?: Failure }
  if (!failure) throw new Error(`no failure while '${state.type}'`)
  return failure
}
