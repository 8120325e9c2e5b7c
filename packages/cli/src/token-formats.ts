// What `latchkey token --format` prints for other programs.
import { type Client, MisconfiguredError, ReauthRequiredError, type Tokens } from '@latchkey/core'
import { credentialsOf } from '@latchkey/core/provider'
import type { Context, Result } from './context.ts'
import { gitCredential } from './git-credential.ts'

type Format = (client: Client, context: Pick<Context, 'argument' | 'signal'>) => Promise<Result>

export const FORMATS: Readonly<Record<string, Format>> = {
  /** The headers of a request to the API, for `curl -H @-`. */
  async header(client, { signal }) {
    const { headers } = credentialsOf(client, await client.accessToken({ signal }))
    return {
      text: Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
      json: headers,
    }
  },

  async json(client, { signal }) {
    const access_token = await client.accessToken({ signal })
    const { token_type, scope, expires_at } = (await client.tokens()) ?? {}
    const json = { access_token, token_type, scope, expires_at }
    return { text: JSON.stringify(json), json }
  },

  /** An ExecCredential of Kubernetes with the `id_token`. */
  async kubectl(client, { signal }) {
    const { token, expiresAtMs } = await validIdToken(client, signal)
    const json = {
      apiVersion: kubectlVersion(process.env['KUBERNETES_EXEC_INFO']),
      kind: 'ExecCredential',
      status: { token, expirationTimestamp: new Date(expiresAtMs).toISOString() },
    }
    return { text: JSON.stringify(json), json }
  },

  git: gitCredential,
}

/** How long an `id_token` is valid at least, so that it reaches the server in time. */
const MARGIN_MS = 30_000

/** Returns an `id_token` that has not expired. If necessary, the tokens are refreshed first. */
async function validIdToken(
  client: Client,
  signal: AbortSignal,
): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
  let { id_token: token } = await storedTokens(client)
  if (token === undefined || expiryOf(token) < Date.now() + MARGIN_MS) {
    await client.accessToken({ signal }) // throws if no account is signed in; may refresh
    const { id_token: current, scope = '' } = await storedTokens(client)
    const mayBringOne = token !== undefined || scope.split(' ').includes('openid')
    if (current === token && mayBringOne) await client.Authorize.regenerateFromRefreshToken()
    await client.settled()
    token = (await storedTokens(client)).id_token
  }
  if (token === undefined)
    throw new MisconfiguredError({ message: 'the server issued no id_token: sign in with --scope openid' })
  const expiresAtMs = expiryOf(token)
  if (expiresAtMs < Date.now())
    throw new ReauthRequiredError({ message: 'the id_token has expired, and a refresh brings no new one' })
  return { token, expiresAtMs }
}

async function storedTokens(
  client: Client,
): Promise<{ readonly id_token?: string; readonly scope?: string }> {
  const { id_token, scope } = ((await client.tokens()) ?? {}) as Partial<Tokens>
  return { ...(typeof id_token === 'string' && { id_token }), ...(scope !== undefined && { scope }) }
}

/** Returns when a JWT expires, in ms. One that cannot be read has expired. */
function expiryOf(jwt: string): number {
  try {
    const { exp } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as {
      exp?: unknown
    }
    return typeof exp === 'number' ? exp * 1000 : 0
  } catch {
    return 0
  }
}

const V1 = 'client.authentication.k8s.io/v1'

/** Returns the version that kubectl asks for. */
function kubectlVersion(info: string | undefined): string {
  const [, version = V1] =
    /"apiVersion"\s*:\s*"(client\.authentication\.k8s\.io\/v1(?:beta1)?)"/.exec(info ?? '') ?? []
  return version
}
