// The baseline: what a careful author writes without a library.
import {
  type Begin,
  type CachedToken,
  type Check,
  type Exchange,
  HOUR_MS,
  type Keep,
  type Refresh,
  type Saved,
  savedOf,
  type Server,
} from '../contender.ts'

export const packages: readonly string[] = []

function addressOf(server: Server, state: string, more: Record<string, string> = {}): string {
  const { client_id, redirect_uri } = server
  const query = new URLSearchParams({ response_type: 'code', client_id, redirect_uri, state, ...more })
  return `${server.authorizationEndpoint}?${query}`
}

export const begin: Begin = server => () => {
  const state = crypto.randomUUID()
  return { url: addressOf(server, state), state }
}

export const beginPkce: Begin = server => async () => {
  const state = crypto.randomUUID()
  const code_verifier = base64Url(crypto.getRandomValues(new Uint8Array(32)))
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code_verifier))
  const code_challenge = base64Url(new Uint8Array(digest))
  const url = addressOf(server, state, { code_challenge, code_challenge_method: 'S256' })
  return { url, state, code_verifier }
}

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

export const check = (() =>
  (redirect, { state }) => {
    const query = new URL(redirect).searchParams
    if (query.get('state') !== state) throw new Error('wrong state')
    const error = query.get('error')
    if (error) throw new Error(error)
    return query.get('code')!
  }) satisfies Check

async function ask(
  server: Server,
  parameters: Record<string, string>,
  fetch = globalThis.fetch,
): Promise<Saved> {
  const { client_id, client_secret } = server
  const body = new URLSearchParams({ client_id, client_secret, ...parameters })
  const response = await fetch(server.tokenEndpoint, { method: 'POST', body })
  if (!response.ok) throw new Error(`status ${response.status}`)
  return savedOf((await response.json()) as object, parameters.refresh_token)
}

export const exchange: Exchange = server => async (redirect, begun) => {
  const { redirect_uri } = server
  const code = check()(redirect, begun)
  const { code_verifier } = begun
  return ask(server, {
    grant_type: 'authorization_code',
    code,
    redirect_uri,
    ...(code_verifier && { code_verifier }),
  })
}

export const refresh: Refresh = (server, fetch) => refresh_token =>
  ask(server, { grant_type: 'refresh_token', refresh_token }, fetch)

export const cachedToken: CachedToken = async () => {
  const tokens = { access_token: 'the-token', expires_at: Date.now() + HOUR_MS }
  return async () => {
    if (Date.now() < tokens.expires_at) return tokens.access_token
    throw new Error('expired')
  }
}

/** Callers in a process share one refresh. */
export const keep: Keep = async (server, { place }) => {
  let tokens = await place.load()
  let flight: Promise<Saved> | undefined
  const renew = async (): Promise<Saved> => {
    const renewed = await refresh(server)
    const saved = await renewed(tokens!.refresh_token)
    await place.save(saved)
    return (tokens = saved)
  }
  return {
    async accessToken() {
      if (Date.now() < tokens!.expires_at) return tokens!.access_token
      flight ??= renew().finally(() => (flight = undefined))
      return (await flight).access_token
    },
    refreshToken: async () => (await place.load())?.refresh_token,
  }
}
