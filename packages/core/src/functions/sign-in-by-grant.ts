import type { Client } from '../client/client.ts'
import { contextOf } from '../client/context.ts'
import { MisconfiguredError } from '../errors.ts'
import { checkStoredParameters } from '../grants/stored-parameters.ts'
import { obtain } from '../keeping/regenerate.ts'
import { readOwnRequest } from '../sign-in/own-request.ts'
import type { Tokens } from '../tokens.ts'
import { checkType } from '../util/check-type.ts'
import type { Parameters } from '../wire/form.ts'

/**
 * Obtains tokens by the grant of this name, one of the client's option `grants`, and signs the account in. `accessToken()`
 * renews them by it, once for all processes that share the store and have that grant. A process without it sends nothing,
 * and throws a `MisconfiguredError` when the tokens have expired. A refresh token that the server issues is not used.
 *
 * The `parameters`, by default the client's `scope`, are stored, and are a part of every renewal.
 *
 * @throws {TypeError} when one of the parameters is a secret or set by Latchkey, or of the wrong type.
 * @throws {MisconfiguredError} when the client has no such grant, the grant fails, or the server does not accept it.
 * @throws {InvalidGrantError} when the server rejects what the grant presents.
 * @throws {TransientError} when the server is not available.
 * @throws what the grant throws, if that is an error of Latchkey.
 */
export async function signInByGrant(
  client: Client,
  name: string,
  parameters: Parameters = {},
): Promise<Tokens> {
  const context = contextOf(client)
  checkType('name', name, 'string')
  readOwnRequest(context.provider, { parameters })
  checkStoredParameters(context.provider, parameters)
  if (!Object.hasOwn(context.grants ?? {}, name))
    throw new MisconfiguredError({
      message: `this client has no grant '${name}': pass it in the option 'grants'`,
    })
  if (typeof context.grants?.[name]?.prepare !== 'function')
    throw new TypeError(`grants.${name} must be the result of tokenGrant() or of another grant`)
  const scope = context.scope()
  const renewal = {
    type: 'grant',
    name,
    parameters: { ...(scope !== null && { scope }), ...parameters },
    keepsScope: true,
  } as const
  const before = await context.keeper.read()
  return obtain(context, undefined, renewal, before?.tokens.access_token)
}
