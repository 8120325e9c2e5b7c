import type { Client } from '../client/client.ts'
import { contextOf, needGrant } from '../client/context.ts'
import { checkStoredParameters } from '../grants/stored-parameters.ts'
import { obtain } from '../keeping/regenerate.ts'
import { type OwnRequest, readOwnRequest } from '../sign-in/own-request.ts'
import type { Tokens } from '../tokens.ts'

/**
 * Obtains tokens for the client itself, without a user (RFC 6749 section 4.4), with the client's `scope` or that of this
 * request, and more `parameters`, such as `resource`. They become the account's tokens; `accessToken()` renews them in the
 * same way, in every process that shares the store. Without a `scope` of the request, a client with another `scope` renews
 * them with its own, so give each scope its own account.
 *
 * @throws {TypeError} when an option is unknown or wrong, or when one of the parameters is a secret: they are stored.
 * @throws {MisconfiguredError} when the provider has no such grant or does not accept this client.
 * @throws {TransientError} when the server is not available.
 */
export async function clientCredentials(
  client: Client,
  request: Omit<OwnRequest, 'state'> = {},
): Promise<Tokens> {
  const context = contextOf(client)
  const { provider } = context
  const { parameters = {}, scope = parameters['scope'] } = readOwnRequest(provider, request)
  checkStoredParameters(provider, parameters)
  needGrant(provider, 'client_credentials')
  return obtain(context, undefined, {
    type: 'client_credentials',
    parameters: { ...parameters, scope: scope ?? context.scope() },
    ...(scope !== undefined && { keepsScope: true }),
  })
}
