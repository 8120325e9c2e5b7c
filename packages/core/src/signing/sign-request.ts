// Every request of a client is signed here, and nowhere else: what authenticates the client is added to the parameters of
// the grant, the provider's quirks convert them, and then they are encoded.
import type { AuthenticationRequest, Provider } from '../provider/provider.ts'
import { secretsIn } from '../util/scrub.ts'
import { type ClientRequest, formRequest, type SentRequest } from '../wire/client-request.ts'
import { entriesOf } from '../wire/form.ts'
import { pipe } from '../wire/pipe.ts'

/** How long a client authentication may take, in ms. */
export const SIGNING_MS = 5_000

/**
 * Returns a request with what authenticates its client (RFC 6749 section 2.3.1), as it is sent. `quirks.tokenRequest` has
 * the last word. Rejects as the provider's `clientAuthentication` does.
 */
export async function signRequest(
  provider: Provider,
  { url, parameters, context, credentials }: ClientRequest,
  clock: AuthenticationRequest['clock'],
): Promise<SentRequest> {
  const { clientAuthentication: method, authenticate, quirks, tokenRequestFormat = formRequest } = provider
  const { client_id, client_secret } = credentials
  const request = { ...context, credentials, url, provider, clock }
  const { parameters: added, headers = {} } =
    typeof method === 'function'
      ? await (authenticate?.(method, request) ?? method(request))
      : { parameters: { client_id, client_secret: method === 'none' ? null : client_secret } }
  // The id is no secret. A server may repeat a header without its scheme.
  const proofs = [
    ...Object.values({ ...added, client_id: null, '': client_secret }).flat(),
    ...Object.values(headers).map(value => value.replace(/^\S+ /, '')),
  ]
  return {
    ...tokenRequestFormat(url, pipe(quirks?.tokenRequest, { ...parameters, ...added }, context), headers),
    context,
    secrets: secretsIn(entriesOf(parameters), proofs),
  }
}
