import type { Client } from '../client/client.ts'
import { contextOf } from '../client/context.ts'
import { SignedOutError } from '../errors.ts'
import { identityOf } from '../sign-in/whose-account.ts'
import type { Tokens } from '../tokens.ts'
import { own } from '../util/own.ts'

/**
 * Returns what identifies the user of the account's tokens: the provider's `identity`, a string or a number; `undefined`
 * if the provider describes none, or the tokens do not have it. An access token that the provider's API rejects is
 * refreshed once.
 *
 * @throws {MisconfiguredError} when the API does not name the user, or the `id_token` has expired.
 * @throws {TransientError} when the API is not available.
 * @throws what `client.accessToken()` throws.
 */
export async function identify(client: Client): Promise<unknown> {
  const context = contextOf(client)
  const access_token = await client.accessToken()
  try {
    return await identityOf(context, await tokensOf(client), context.keeper.keyInUse)
  } catch (error) {
    if (own(error, 'status') !== 401) throw error
    await client.rejected(access_token)
    return identityOf(context, await tokensOf(client), context.keeper.keyInUse)
  }
}

async function tokensOf(client: Client): Promise<Tokens> {
  const tokens = await client.tokens()
  if (!tokens) throw new SignedOutError({ message: 'the account was signed out' })
  return tokens
}
