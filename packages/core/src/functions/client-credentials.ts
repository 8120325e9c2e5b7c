import { errorOf } from '../errors.ts'
import type { Tokens } from '../tokens.ts'
import type { Client } from '../client/client.ts'
import { contextOf, needGrant } from '../client/context.ts'
import { renew } from '../keeping/renew.ts'

/**
 * Obtains tokens for the client itself, without a user (RFC 6749 section 4.4), with the client's `scope`. They become the
 * account's tokens; `accessToken()` renews them in the same way, in every process that shares the store. A client with
 * another `scope` renews them with its own, so give each scope its own account.
 *
 * @throws {MisconfiguredError} when the provider has no such grant or does not accept this client.
 * @throws {TransientError} when the server is not available.
 */
export async function clientCredentials(client: Client): Promise<Tokens> {
  const context = contextOf(client)
  needGrant(context.provider, 'client_credentials')
  const { keeper, clock } = context
  const renewal = { type: 'client_credentials', parameters: { scope: client.scope } } as const
  const facts = { renewal, dpop: await context.dpop?.createKey() }
  const renewed = await renew(context, undefined, facts)
  if (renewed.type === 'failed') throw errorOf(renewed.failure)
  const { tokens } = renewed
  keeper.signIn({ tokens, obtainedAtMs: clock.nowMs(), ...facts })
  await keeper.waitUntilStored()
  return tokens
}
