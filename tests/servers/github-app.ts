// The endpoint of GitHub that creates the tokens of an installation, as strict as its documentation says.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import { listen, type Listening } from './listen.ts'

/** A server with one app, which has the installation 42. */
export interface GithubApp extends Listening {
  readonly appId: number
  /** The private key of the app, as PEM. */
  readonly key: string
  readonly requests: { readonly jwt: string; readonly body: Readonly<Record<string, unknown>> }[]
  /** The next error: a status, its message, and headers. */
  readonly errors: { readonly status: number; readonly message: string; readonly headers?: object }[]
}

/** Starts the server; `now` is its clock. */
export async function startGithubApp(now: () => number = Date.now): Promise<GithubApp> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const appId = 1234
  const requests: GithubApp['requests'] = []
  const failures: GithubApp['errors'] = []
  const listening = await listen(() => (request, response) => {
    let text = ''
    request.on('data', chunk => (text += String(chunk)))
    request.on('end', () => void answer().catch((error: Error) => response.writeHead(500).end(error.stack)))

    async function answer(): Promise<void> {
      const send = (status: number, body: object, headers: object = {}): void => {
        response.writeHead(status, {
          'content-type': 'application/json; charset=utf-8',
          date: new Date(now()).toUTCString(),
          ...headers,
        })
        response.end(JSON.stringify(body))
      }
      const [, jwt = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? []
      requests.push({ jwt, body: JSON.parse(text || '{}') as Record<string, unknown> })
      const failure = failures.shift()
      if (failure) return send(failure.status, { message: failure.message }, failure.headers)
      const [, installation] = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(request.url ?? '') ?? []
      if (request.method !== 'POST' || installation === undefined) return send(404, { message: 'Not Found' })
      try {
        const { payload } = await jwtVerify(jwt, publicKey, {
          algorithms: ['RS256'],
          issuer: String(appId),
          currentDate: new Date(now()),
          requiredClaims: ['iat', 'exp'],
        })
        const { iat = 0, exp = 0 } = payload
        if (iat > now() / 1000) return send(401, { message: "'Issued at' ('iat') must not be in the future" })
        if (exp - now() / 1000 > 600)
          return send(401, { message: "'Expiration time' ('exp') is too far in the future" })
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error
        return send(401, { message: `A JSON web token could not be decoded: ${jwt}` })
      }
      if (installation !== '42') return send(404, { message: 'Not Found' })
      return send(201, {
        token: `ghs_${randomUUID().replaceAll('-', '')}`,
        expires_at: new Date(now() + 3_600_000).toISOString().replace(/\.\d+/, ''),
        permissions: { contents: 'read' },
        repository_selection: 'selected',
      })
    }
  })
  return {
    ...listening,
    appId,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    requests,
    errors: failures,
  }
}
