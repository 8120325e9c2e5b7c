// Our flow functions, for programs that keep tokens themselves: plain data in, plain data out.
import type { Provider } from '@latchkey/core'
import {
  authorizationCode,
  type AwaitingRedirect,
  drive,
  type Ports,
  refreshToken,
} from '@latchkey/core/flows'
import { s256 } from '@latchkey/core/provider'
import { fetchTransport } from '@latchkey/transport-fetch'
import {
  type Ability,
  type Begin,
  type CachedToken,
  type Check,
  type Exchange,
  type Keep,
  type Refresh,
  savedOf,
  type Server,
} from '../contender.ts'

export const packages: readonly string[] = ['@latchkey/core', '@latchkey/transport-fetch']

const providerOf = ({ authorizationEndpoint, tokenEndpoint }: Server, pkce?: Provider['pkce']): Provider => ({
  name: 'server',
  authorizationEndpoint,
  tokenEndpoint,
  grants: ['authorization_code', 'refresh_token'],
  clientAuthentication: 'client_secret_post',
  pkce,
})

const portsOf = (server: Server, fetch?: typeof globalThis.fetch): Ports => ({
  provider: providerOf(server),
  transport: fetchTransport(fetch && { fetch }),
  clock: { nowMs: Date.now },
})

const credentialsOf = ({ client_id, client_secret }: Server) => ({ client_id, client_secret })

export const begin: Begin = server => {
  const code = authorizationCode(providerOf(server))
  const { client_id, redirect_uri } = server
  return () => {
    const state = crypto.randomUUID()
    const waiting = code.start({ client_id, redirect_uri, state }).state as AwaitingRedirect
    return { url: waiting.url, state, rest: waiting }
  }
}

export const beginPkce: Begin = server => {
  const code = authorizationCode(providerOf(server, s256))
  const { client_id, redirect_uri } = server
  return () => {
    const state = crypto.randomUUID()
    const code_verifier = crypto.randomUUID() + crypto.randomUUID()
    const waiting = code.start({ client_id, redirect_uri, state, code_verifier }).state as AwaitingRedirect
    return { url: waiting.url, state, code_verifier, rest: waiting }
  }
}

export const check: Check = server => {
  const code = authorizationCode(providerOf(server))
  const credentials = credentialsOf(server)
  return (input, begun) => {
    const step = code.step(begun.rest as AwaitingRedirect, { type: 'returned', input, credentials })
    if (step.state.type !== 'exchanging') throw new Error(step.state.type)
  }
}

export const exchange: Exchange = server => {
  const code = authorizationCode(providerOf(server))
  const ports = portsOf(server)
  const credentials = credentialsOf(server)
  return async (input, begun) => {
    const end = await drive(
      code,
      code.step(begun.rest as AwaitingRedirect, { type: 'returned', input, credentials }),
      ports,
    )
    return savedOf((end as { tokens: object }).tokens)
  }
}

export const refresh: Refresh = (server, fetch) => {
  const flow = refreshToken(providerOf(server))
  const ports = portsOf(server, fetch)
  const credentials = credentialsOf(server)
  return async refresh_token => {
    const end = await drive(flow, flow.start({ refresh_token, credentials }), ports)
    return savedOf((end as { tokens: object }).tokens, refresh_token)
  }
}

const LOOP = 'makes requests and keeps nothing; see latchkey'
export const cachedToken: Ability<CachedToken> = { cannot: LOOP }
export const keep: Ability<Keep> = { cannot: LOOP }
