import { authorizationCode, type AwaitingRedirect } from '../flows/authorization-code.ts'
import { own } from '../util/own.ts'
import type { Tokens } from '../tokens.ts'
import { withQuery } from '../wire/authorization-url.ts'
import { decodeForm, type Parameters } from '../wire/form.ts'
import { tokenRequest } from '../wire/token-request.ts'
import { sendAndRead } from './send-and-read.ts'
import { begin } from '../sign-in/authorize.ts'
import type { Client } from '../client/client.ts'
import { contextOf, needEndpoint } from '../client/context.ts'
import type { OwnRequest } from '../sign-in/own-request.ts'
import { exchangeFlow, type Pending, pendingExchange } from '../sign-in/pending.ts'

/**
 * Starts `client.Authorize.byCode` with a pushed authorization request (RFC 9126): the URL for the user only has a
 * reference to the request, which works once and for a short time.
 *
 * @throws {MisconfiguredError} when the provider has no endpoint for it, or rejects the client or the request.
 * @throws {TransientError} when the server is not available.
 */
export async function pushAuthorization(
  client: Client,
  requested?: string | OwnRequest,
): Promise<Pending<Promise<Tokens>>> {
  const context = contextOf(client)
  const { provider } = context
  const endpoint = needEndpoint(provider, 'pushedAuthorizationRequestEndpoint')
  const code = authorizationCode(provider)
  const { isGenerated, ...started } = begin(context, 'authorization_code', requested)
  const waiting = code.start(started).state as AwaitingRedirect

  const [, query = ''] = /\?([^#]*)/.exec(waiting.url) ?? []
  const parameters = grouped(decodeForm(query))
  const request = tokenRequest(provider, context.credentials(), parameters, { to: 'par' }, endpoint)
  const dpop = await context.dpop?.createKey()
  // The flow may be completed in another process.
  if (dpop) await context.dpop?.saveKey(dpop)
  const { request_uri } = await sendAndRead(
    context,
    request,
    value => {
      const request_uri = own(value, 'request_uri')
      return typeof request_uri === 'string' ? { request_uri } : 'no request_uri'
    },
    dpop,
  )
  const { client_id } = waiting
  const url = withQuery(provider.authorizationEndpoint as string, { client_id, request_uri })
  const pushed = { ...waiting, url, ...(dpop && { dpop }) }
  return pendingExchange(context, exchangeFlow(context, code, pushed), { ...pushed, isGenerated })
}

/** Returns parameters by name; those that repeat become an array. */
function grouped(parameters: readonly (readonly [string, string])[]): Parameters {
  const all: Record<string, string[]> = {}
  for (const [name, value] of parameters) (all[name] ??= []).push(value)
  return all
}
