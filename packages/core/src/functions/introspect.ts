import { SignedOutError } from '../errors.ts'
import { own } from '../util/own.ts'
import { tokenRequest } from '../wire/token-request.ts'
import { sendAndRead } from './send-and-read.ts'
import type { Client } from '../client/client.ts'
import { contextOf, needEndpoint } from '../client/context.ts'

/** The server's description of a token (RFC 7662 section 2.2); instants are Unix time in s. */
export interface Introspection {
  /** Whether this server issued the token, and it has not expired and was not revoked. */
  readonly active: boolean
  readonly scope?: string
  readonly client_id?: string
  readonly username?: string
  readonly token_type?: string
  readonly exp?: number
  readonly iat?: number
  readonly nbf?: number
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly iss?: string
  readonly jti?: string
  readonly [member: string]: unknown
}

/**
 * Asks the server about a token (RFC 7662), by default the account's stored access token.
 *
 * @throws {SignedOutError} when no token is given and the account has none.
 * @throws {MisconfiguredError} when the provider has no endpoint for it or does not accept this client.
 * @throws {TransientError} when the server is not available.
 */
export async function introspect(client: Client, token?: string): Promise<Introspection> {
  const context = contextOf(client)
  const { provider, keeper } = context
  const url = needEndpoint(provider, 'introspectionEndpoint')
  const { tokens, dpop } = (await keeper.read()) ?? {}
  const requested = token ?? tokens?.access_token
  if (!requested)
    throw new SignedOutError({ message: 'there is no token to introspect: sign in, or pass a token' })
  const parameters = { token: requested, token_type_hint: token === undefined ? 'access_token' : undefined }
  const about = { to: 'introspection' } as const
  const request = tokenRequest(provider, context.credentials(), parameters, about, url)
  return sendAndRead(
    context,
    request,
    value => (typeof own(value, 'active') === 'boolean' ? (value as Introspection) : 'no usable active'),
    dpop,
  )
}
