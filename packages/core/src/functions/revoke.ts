import { MisconfiguredError } from '../errors.ts'
import { own } from '../util/own.ts'
import type { Reader } from '../wire/response.ts'
import { sendAndRead } from './send-and-read.ts'
import type { Client } from '../client/client.ts'
import { contextOf } from '../client/context.ts'

/**
 * Revokes the account's tokens at the server (RFC 7009), and signs the account out. Unlike `signOut()`, which ignores the
 * response, it throws when the server does not revoke them; then the account stays signed in, and you may retry.
 *
 * @throws {MisconfiguredError} when the provider has no endpoint for it or does not accept this client.
 * @throws {TransientError} when the server is not available.
 * @throws {IndeterminateError} when its response is lost.
 * @throws {StoreError} when the store fails.
 */
export async function revoke(client: Client): Promise<void> {
  const context = contextOf(client)
  const { keeper } = context
  const record = await keeper.read()
  const { tokens = {}, redirect, dpop } = record ?? {}
  const provider = context.providerAt(redirect)
  if (!provider.revocation)
    throw new MisconfiguredError({ message: `the provider '${provider.name}' has no revocationEndpoint` })
  const requests = provider.revocation(provider, context.credentials(), tokens)
  // RFC 7009 section 2.2: the body does not matter. But an HTML page does not come from this endpoint.
  const read: Reader<object> = (_, __, body) => (/^\s*</.test(body) ? undefined : {})
  for (const request of requests)
    await sendAndRead(context, request, read, dpop).catch((error: unknown) => {
      // RFC 7009 section 2.2.1: a server need not revoke access tokens.
      if (request === requests[0] || !/\bunsupported_token_type\b/.test(String(own(error, 'body'))))
        throw error
    })
  await keeper.signOut(tokens.refresh_token ?? tokens.access_token)
}
