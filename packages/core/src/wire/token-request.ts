import type { Provider } from '../provider/provider.ts'
import { secretsIn } from '../util/scrub.ts'
import {
  type ClientCredentials,
  type ClientRequest,
  formRequest,
  type RequestContext,
} from './client-request.ts'
import { entriesOf, type Parameters } from './form.ts'
import { joinScopes, pipe } from './pipe.ts'

/** The member of a provider that has the URL of a request. */
const ENDPOINTS = {
  token: 'tokenEndpoint',
  device: 'deviceAuthorizationEndpoint',
  par: 'pushedAuthorizationRequestEndpoint',
  revocation: 'revocationEndpoint',
  introspection: 'introspectionEndpoint',
} as const

/** What a request is about, as far as its parameters do not say it. */
export type RequestAbout = Partial<RequestContext> & { readonly to?: keyof typeof ENDPOINTS }

/**
 * Returns a request of the client to an endpoint of its server, with the provider's own parameters. It authenticates the
 * client (RFC 6749 section 2.3.1). `quirks.tokenRequest` has the last word.
 */
export function tokenRequest(
  provider: Provider,
  credentials: ClientCredentials,
  parameters: Parameters,
  about: RequestAbout = {},
): ClientRequest {
  const { tokenParameters, refreshParameters, clientAuthentication: method, quirks } = provider
  const { to = 'token' } = about
  const { client_id, client_secret } = credentials
  const { grant_type, scope, redirect_uri } = parameters as Readonly<Record<string, string | undefined>>
  const context: RequestContext = { grant: grant_type, scope, redirect_uri, ...about, to }
  const isRefresh = grant_type === 'refresh_token'
  const all = {
    ...joinScopes(provider, parameters),
    ...((to === 'token' || to === 'device') && tokenParameters),
    ...(isRefresh && refreshParameters),
  }
  const proof =
    typeof method === 'function'
      ? method({ ...context, credentials })
      : { parameters: { client_id, client_secret: method === 'none' ? undefined : client_secret } }
  const { client_id: _, ...added } = proof.parameters ?? {}
  const sent = pipe(quirks?.tokenRequest, { ...all, ...proof.parameters }, context)
  const url = (isRefresh && provider.refreshEndpoint) || (provider[ENDPOINTS[to]] as string)
  const proofs = [
    client_secret ?? '',
    ...entriesOf(added).map(([, value]) => value),
    ...Object.values(proof.headers ?? {}).map(value => value.replace(/^\S+ /, '')),
  ]
  const secrets = secretsIn([...entriesOf(all), ...proofs.map(value => ['client_secret', value] as const)])
  const request = (provider.tokenRequestFormat ?? formRequest)(url, sent, proof.headers)
  return { ...request, context, secrets: [...new Set(secrets)] }
}
