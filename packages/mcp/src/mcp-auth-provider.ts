import { isSignInRequired, SignedOutError } from '@latchkey/core'
import { type Clock, systemClock } from '@latchkey/core/ports'
import type { TokenSource } from '@latchkey/core/provider'
import { HandedOut } from './handed-out.ts'

/** The small `AuthProvider` of `@modelcontextprotocol/client` 2.x. */
export interface McpAuthProvider {
  /** Resolves to a valid access token; to `undefined` when the user must sign in, so that the server's 401 decides. */
  token(): Promise<string | undefined>
  /** Refreshes the token that the server rejected, or signs the user in. The SDK then repeats the request. */
  onUnauthorized(context: { readonly response: Response }): Promise<void>
}

/** A source of tokens that can also sign the user in, as the result of `mcpOAuthProvider` can. */
export interface LoginSource extends Pick<TokenSource, 'accessToken' | 'rejected'> {
  /** Signs the user in. Without it, the error of a token that cannot be refreshed reaches the caller. */
  login?(request: { readonly challenge?: string | null | undefined }): Promise<void>
}

/**
 * Returns the small `AuthProvider` of the SDK 2.x over a `Client`, the result of `keepTokens` or of `mcpOAuthProvider`. It
 * refreshes once for all processes. Only the last of these signs in; of the others, the error reaches the caller.
 */
export function mcpAuthProvider(
  source: LoginSource,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): McpAuthProvider {
  const given = new HandedOut(clock)
  return {
    async token() {
      try {
        const token = await source.accessToken()
        given.add(token)
        return token
      } catch (error) {
        if (isSignInRequired(error)) return undefined // the server's 401 decides whether it needs one
        throw error
      }
    },
    async onUnauthorized({ response }) {
      const token = given.rejected
      try {
        if (token === undefined) throw new SignedOutError({ message: 'nobody has signed in to this server' })
        await source.rejected(token)
      } catch (error) {
        if (!source.login || !isSignInRequired(error)) throw error
        await source.login({ challenge: response.headers.get('www-authenticate') })
      }
    },
  }
}
