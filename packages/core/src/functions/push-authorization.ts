import { authorizationCode, type AwaitingRedirect } from '../flows/authorization-code.ts'
import { own } from '../util/own.ts'
import type { Tokens } from '../tokens.ts'
import { authorizationUrl } from '../wire/authorization-url.ts'
import { decodeForm } from '../wire/form.ts'
import { tokenRequest } from '../wire/token-request.ts'
import { sendAndRead } from './send-and-read.ts'
import { begin } from '../sign-in/authorize.ts'
import type { Client } from '../client/client.ts'
import { contextOf, needEndpoint } from '../client/context.ts'
import { exchangeFlow, type Pending, pendingExchange } from '../sign-in/pending.ts'

/**
 * Starts `client.Authorize.byCode` with a pushed authorization request (RFC 9126): the URL for the user only has a
 * reference to the request, which works once and for a short time.
 *
 * @throws {MisconfiguredError} when the provider has no endpoint for it, or rejects the client or the request.
 * @throws {TransientError} when the server is not available.
 */
export async function pushAuthorization(client: Client, state?: string): Promise<Pending<Promise<Tokens>>> {
  const context = contextOf(client)
  const { provider } = context
  const endpoint = needEndpoint(provider, 'pushedAuthorizationRequestEndpoint')
  const code = authorizationCode(provider)
  const waiting = code.start(begin(context, 'authorization_code', state)).state as AwaitingRedirect

  const query = waiting.url.slice(waiting.url.indexOf('?') + 1)
  const request = tokenRequest(
    { ...provider, tokenEndpoint: endpoint },
    context.credentials(),
    Object.fromEntries(decodeForm(query)),
  )
  const { request_uri } = await sendAndRead(context, request, value => {
    const request_uri = own(value, 'request_uri')
    return typeof request_uri === 'string' ? { request_uri } : 'no request_uri'
  })
  const { client_id } = waiting
  const url = authorizationUrl(provider.authorizationEndpoint as string, { client_id, request_uri })
  const pushed = { ...waiting, url }
  return pendingExchange(context, exchangeFlow(context, code, pushed), { ...pushed, isGenerated: !state })
}
