import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { oauthMiddleware } from '@atproto/oauth-provider/middleware'
import { JoseKey, OAuthProvider, type OAuthStore } from '@atproto/oauth-provider/provider'
import { listen, type Listening } from './listen.ts'

/** The authorization server of Bluesky, on loopback, with one user. */
export interface AtprotoServer extends Listening {
  /** Allows the only request that waits, in place of the page where a user signs in. Returns the redirect. */
  allow(redirect_uri: string, state: string): string
  /** How many refreshes it has granted. */
  readonly refreshes: number
}

const DID = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
const ACCOUNT = { did: DID, sub: DID, aud: 'did:web:127.0.0.1', handle: 'user.test', email: 'user@user.test' }

/** Starts `@atproto/oauth-provider`, with its storage in memory. */
export async function startAtprotoServer(): Promise<AtprotoServer> {
  const requests = new Map<string, Record<string, unknown>>()
  const tokens = new Map<string, { data: object; refresh: unknown; old: unknown[] }>()
  const seen = new Set<string>()
  let refreshes = 0
  const infoOf = (id: string) => {
    const token = tokens.get(id)
    return token ? { id, data: token.data, account: ACCOUNT, currentRefreshToken: token.refresh } : null
  }
  const find = (matches: (token: { data: object; refresh: unknown; old: unknown[] }) => boolean) => {
    const [found] = [...tokens].find(([, token]) => matches(token)) ?? []
    return found === undefined ? null : infoOf(found)
  }
  const stored = {
    getAccount: () => ({ account: ACCOUNT, authorizedClients: new Map() }),
    createRequest: (id: string, data: Record<string, unknown>) => void requests.set(id, data),
    readRequest: (id: string) => requests.get(id) ?? null,
    updateRequest: (id: string, data: object) => void requests.set(id, { ...requests.get(id), ...data }),
    deleteRequest: (id: string) => void requests.delete(id),
    consumeRequestCode(code: string) {
      const [requestId, data] = [...requests].find(([, request]) => request['code'] === code) ?? []
      if (requestId === undefined) return null
      requests.delete(requestId)
      return { requestId, data }
    },
    createToken: (id: string, data: object, refresh: unknown) =>
      void tokens.set(id, { data, refresh, old: [] }),
    readToken: infoOf,
    deleteToken: (id: string) => void tokens.delete(id),
    rotateToken(id: string, newId: string, refresh: unknown, changes: object) {
      const { data, refresh: used, old } = tokens.get(id)!
      refreshes++
      tokens.delete(id)
      tokens.set(newId, { data: { ...data, ...changes }, refresh, old: [...old, used] })
    },
    findTokenByRefreshToken: (refresh: unknown) =>
      find(token => [token.refresh, ...token.old].includes(refresh)),
    findTokenByCode: (code: unknown) => find(({ data }) => (data as { code?: unknown }).code === code),
    unique: (namespace: string, nonce: string) => seen.size < seen.add(namespace + nonce).size,
  }
  // What belongs to the pages for users is not called.
  const store = new Proxy(stored, {
    get: (target, name) =>
      Object.hasOwn(target, name)
        ? target[name as keyof typeof target]
        : () => {
            throw new Error(`${String(name)} is not expected`)
          },
    has: () => true,
  }) as unknown as OAuthStore

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', key_ops: ['sign'] }
  const keyset = [await JoseKey.fromJWK(jwk as never)]
  const listening = await listen(issuer => {
    const options = { issuer, keyset, store, dpopSecret: randomBytes(32), lexResolver: {}, safeFetch: fetch }
    return oauthMiddleware(new OAuthProvider(options as never)) as never
  })
  return {
    ...listening,
    get refreshes() {
      return refreshes
    },
    allow(redirect_uri, state) {
      const [[id, request] = []] = requests
      const code = `cod-${randomBytes(32).toString('hex')}`
      requests.set(id!, { ...request, code, did: DID, deviceId: `dev-${randomBytes(16).toString('hex')}` })
      return `${redirect_uri}?${new URLSearchParams({ iss: listening.url, state, code }).toString()}`
    },
  }
}
