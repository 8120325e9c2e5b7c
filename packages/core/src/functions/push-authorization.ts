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
 * `client.Authorize.byCode`, its authorization request pushed to the server before the person is sent there (RFC
 * 9126): the URL then holds a reference to it, which is good for a short time and once.
 *
 * @throws {MisconfiguredError} when the provider has no endpoint for it, or refuses the client or the request.
 * @throws {TransientError} when the server cannot be asked now.
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
