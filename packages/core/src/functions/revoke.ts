import { own } from '../util/own.ts'
import { revocation } from '../wire/revocation.ts'
import type { Reader } from '../wire/response.ts'
import { sendAndRead } from './send-and-read.ts'
import type { Client } from '../client/client.ts'
import { contextOf, needEndpoint } from '../client/context.ts'

/**
 * Has the server forget the account's tokens (RFC 7009), and signs the account out. Unlike `signOut()`, which asks
 * the server as well and does not care what it says, it throws when the server does not do it; then nothing has
 * changed here, and it may be called again.
 *
 * @throws {MisconfiguredError} when the provider has no endpoint for it or does not accept this client.
 * @throws {TransientError} when the server cannot be asked now.
 * @throws {OutcomeUnknownError} when its answer is lost.
 * @throws {StoreError} when the store fails.
 */
export async function revoke(client: Client): Promise<void> {
  const context = contextOf(client)
  const { provider, keeper } = context
  needEndpoint(provider, 'revocationEndpoint')
  const record = await keeper.read()
  const requests = revocation(provider, context.credentials(), record?.tokens ?? {})
  // RFC 7009 section 2.2: the body does not matter. But a page for a person is none of this endpoint.
  const read: Reader<object> = (_, __, body) => (/^\s*</.test(body) ? undefined : {})
  for (const request of requests)
    await sendAndRead(context, request, read).catch((error: unknown) => {
      // RFC 7009 section 2.2.1: a server need not revoke access tokens.
      if (request === requests[0] || !/\bunsupported_token_type\b/.test(String(own(error, 'body'))))
        throw error
    })
  await keeper.signOut()
}
