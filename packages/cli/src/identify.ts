import { type Client, introspect, MisconfiguredError } from '@latchkey/core'
import { identify as identityOf } from '@latchkey/core/provider'

/** The user of the tokens, and the source of that information. */
export interface Identity {
  readonly username: string | undefined
  readonly source: 'the API' | 'introspection' | 'the sign-in'
}

/**
 * Returns the user that a client's tokens belong to: by the provider's `identity`, else by introspection (RFC 7662).
 *
 * @throws the errors of `identify` and `introspect` of core.
 */
export async function identify(client: Client, signal: AbortSignal): Promise<Identity> {
  await client.accessToken({ signal })
  const { identity, introspectionEndpoint } = client.provider
  const user = await identityOf(client).catch((error: unknown) => {
    // An id_token that has expired names nobody. If an API rejects the request, the error has its status.
    if (!(error instanceof MisconfiguredError) || error.status !== undefined) throw error
  })
  const { account_username } = (await client.tokens()) ?? {}
  const username = account_username ?? (user === undefined ? undefined : String(user))
  if (username !== undefined)
    return { username, source: typeof identity === 'function' ? 'the API' : 'the sign-in' }
  if (introspectionEndpoint === undefined) return { username, source: 'the sign-in' }
  const { username: name, sub } = await introspect(client)
  return { username: (name ?? sub) as string | undefined, source: 'introspection' }
}
