import { type Client, InvalidGrantError, introspect, TransientError } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'

/** The API path that returns the user of a token, by preset, and the path of the name in the response. */
const APIS: Readonly<Record<string, readonly [path: string, ...name: string[]]>> = {
  // https://apidocs.imgur.com
  imgur: ['/3/account/me', 'data', 'url'],
  // https://docs.github.com/en/rest/users/users#get-the-authenticated-user
  github: ['/user', 'login'],
  // https://docs.gitlab.com/api/users/#get-the-current-user
  gitlab: ['/api/v4/user', 'username'],
  // https://docs.joinmastodon.org/methods/accounts/#verify_credentials
  mastodon: ['/api/v1/accounts/verify_credentials', 'acct'],
  // https://learn.microsoft.com/en-us/graph/api/user-get
  microsoft: ['/v1.0/me', 'userPrincipalName'],
  // https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
  spotify: ['/v1/me', 'id'],
}

/** The user of the tokens, and the source of that information. */
export interface Identity {
  readonly username: string | undefined
  readonly source: 'the API' | 'introspection' | 'the sign-in'
}

/**
 * Returns the user that a client's tokens belong to: from the preset's API, else from introspection (RFC 7662), else from
 * the sign-in.
 *
 * @throws the errors of `client.accessToken()`.
 * @throws {InvalidGrantError} when the API rejects the tokens, and {TransientError} when it is unavailable.
 */
export async function identify(client: Client, preset: string, signal: AbortSignal): Promise<Identity> {
  const { api: { origins } = {}, introspectionEndpoint } = client.provider
  const [origin] = Array.isArray(origins) ? (origins as readonly string[]) : []
  const api = Object.hasOwn(APIS, preset) ? APIS[preset] : undefined
  if (api && origin !== undefined) {
    const [path, ...name] = api
    return { username: member(await getJson(client, origin + path, signal), name), source: 'the API' }
  }
  await client.accessToken({ signal })
  if (introspectionEndpoint !== undefined) {
    const { username, sub } = await introspect(client)
    return { username: (username ?? sub) as string | undefined, source: 'introspection' }
  }
  return { username: (await client.tokens())?.account_username, source: 'the sign-in' }
}

async function getJson(client: Client, url: string, signal: AbortSignal): Promise<unknown> {
  const headers = { accept: 'application/json', 'user-agent': 'latchkey' }
  await client.accessToken({ signal }) // otherwise it would be an anonymous request
  const response = await authorizedFetch(client)(url, { headers, signal }).catch((error: Error) => {
    signal.throwIfAborted()
    if (error.name !== 'TypeError') throw error
    throw new TransientError({ message: `${url} cannot be reached` })
  })
  const { status } = response
  if (status === 401 || status === 403)
    throw new InvalidGrantError({ message: `${url} rejected the access token (HTTP ${status})`, status })
  if (!response.ok) throw new TransientError({ message: `${url} responded with HTTP ${status}`, status })
  return response.json().catch(() => undefined)
}

function member(value: unknown, path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], value)
  return found === undefined ? undefined : String(found)
}
