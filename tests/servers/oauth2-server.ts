import type { IncomingMessage } from 'node:http'
import OAuth2Server from '@node-oauth/oauth2-server'
import { listen, type Listening } from './listen.ts'

/** An `@node-oauth/oauth2-server` on loopback, where every user allows. */
export interface Oauth2Server extends Listening {
  /** Makes every user deny from now on. */
  deny(): void
  /** Lets all issued codes expire. */
  expireCodes(): void
}

export const REDIRECT_URI = 'http://127.0.0.1:1/callback'

/** Another redirect URI of the client. */
export const OTHER_REDIRECT_URI = 'http://127.0.0.1:1/callback/other'

/** The registered client, whose secret has characters that form encoding changes. */
export const CLIENT = { client_id: 'an-application', client_secret: 'p%+/:=& secret' } as const

/** The model of `oauth2-server`, in memory: refresh tokens rotate, and reuse of one revokes all tokens of the user. */
function model(
  codes: Map<string, OAuth2Server.AuthorizationCode>,
): OAuth2Server.AuthorizationCodeModel &
  OAuth2Server.RefreshTokenModel &
  OAuth2Server.ClientCredentialsModel {
  const client: OAuth2Server.Client = {
    id: CLIENT.client_id,
    redirectUris: [REDIRECT_URI, OTHER_REDIRECT_URI],
    grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  }
  const tokens = new Set<OAuth2Server.Token>()
  const used = new Set<string>()
  const find = (matches: (token: OAuth2Server.Token) => boolean) => Promise.resolve([...tokens].find(matches))
  return {
    getClient: (id, secret) =>
      Promise.resolve(id === client.id && (secret === null || secret === CLIENT.client_secret) && client),
    getUserFromClient: () => Promise.resolve({ id: 'the application itself' }),
    saveAuthorizationCode(code, of, user) {
      const saved = { ...code, client: of, user }
      codes.set(code.authorizationCode, saved)
      return Promise.resolve(saved)
    },
    getAuthorizationCode: code => Promise.resolve(codes.get(code)),
    revokeAuthorizationCode: ({ authorizationCode }) => Promise.resolve(codes.delete(authorizationCode)),
    saveToken(token, of, user) {
      const saved = { ...token, client: of, user }
      tokens.add(saved)
      return Promise.resolve(saved)
    },
    getAccessToken: text => find(({ accessToken }) => accessToken === text),
    getRefreshToken(text) {
      if (used.has(text)) tokens.clear()
      return find(({ refreshToken }) => refreshToken === text) as Promise<
        OAuth2Server.RefreshToken | undefined
      >
    },
    revokeToken({ refreshToken }) {
      used.add(refreshToken)
      const token = [...tokens].find(one => one.refreshToken === refreshToken)
      return Promise.resolve(!!token && tokens.delete(token))
    },
    validateScope: (_, __, scope) => Promise.resolve(scope ?? ['read']),
  }
}

/** Starts the server. */
export async function startOauth2Server(): Promise<Oauth2Server> {
  let denied = false
  const codes = new Map<string, OAuth2Server.AuthorizationCode>()
  const server = new OAuth2Server({
    model: model(codes),
    accessTokenLifetime: 3600,
    authorizationCodeLifetime: 60,
  })
  const listening = await listen(url => (incoming, outgoing) => {
    answer().catch((error: Error) => outgoing.writeHead(500).end(error.stack))
    async function answer(): Promise<void> {
      const { pathname, searchParams } = new URL(incoming.url!, url)
      if (denied) searchParams.set('allowed', 'false')
      const request = new OAuth2Server.Request({
        headers: incoming.headers as Record<string, string>,
        method: incoming.method!,
        query: Object.fromEntries(searchParams),
        body: Object.fromEntries(new URLSearchParams(await bodyOf(incoming))),
      })
      const response = new OAuth2Server.Response()
      const handled =
        pathname === '/token'
          ? server.token(request, response)
          : server.authorize(request, response, {
              authenticateHandler: { handle: () => ({ id: 'somebody' }) },
            })
      await handled.catch((error: Error) => {
        if (response.status === 200) throw error
      })
      outgoing.writeHead(response.status!, response.headers as Record<string, string>)
      outgoing.end(JSON.stringify(response.body))
    }
  })
  return {
    ...listening,
    deny: () => void (denied = true),
    expireCodes: () => codes.forEach(code => (code.expiresAt = new Date(0))),
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of incoming) body += String(chunk)
  return body
}
