import { drive } from '../drive/drive.ts'
import type { RenewalResult } from '../keeper/states.ts'
import type { Failure } from '../failure.ts'
import { clientCredentialsGrant } from '../flows/client-credentials.ts'
import { outcomeOf } from '../keeper/outcome.ts'
import type { FamilyFacts } from '../keeper/record.ts'
import type { HttpResponse, Transport } from '../ports/transport.ts'
import type { ClientCredentials } from '../wire/client-request.ts'
import { tokenSet } from '../tokens.ts'
import type { Parameters } from '../wire/form.ts'
import { completeResponse } from '../wire/complete-response.ts'
import { valuesOf } from '../wire/salvage.ts'
import type { GrantError } from '../grants/token-grant.ts'
import type { Provider } from '../provider/provider.ts'
import type { ClientContext } from '../client/context.ts'

/**
 * How long the response to a refresh is waited for, in ms. It may hold the only copy of a refresh token, so it is not
 * given up while its connection is open.
 */
const DEADLINE_MS = 60_000

/** Why there is no request to send: an error of the client or of a grant. */
type NotSent = Partial<Failure> & Pick<Failure, 'message'> & Pick<GrantError, 'renewed'>

/**
 * Obtains new tokens, with a refresh token or, if `renewal` says so, by another grant. An unusable
 * response may still have the new refresh token, or two of them: `salvaged` holds what could be read.
 */
export async function renew(
  context: ClientContext,
  refresh_token = '',
  { redirect, renewal, dpop }: FamilyFacts = {},
  access_token?: string,
): Promise<RenewalResult> {
  const { clock } = context
  const startMs = clock.monotonicMs()
  let provider: Provider = context.providerAt(redirect)
  let parameters: Parameters | undefined = renewal
    ? renewal.parameters
    : { grant_type: 'refresh_token', refresh_token }
  let response: HttpResponse | undefined
  let transport: Transport
  let credentials: ClientCredentials
  try {
    transport = context.transport(dpop)
    credentials = context.credentials()
    if (renewal?.name !== undefined)
      ({ provider, parameters } = await context.grants![renewal.name]!.prepare(
        context,
        renewal,
        provider,
        access_token,
      ))
  } catch (error) {
    const { code = 'misconfigured', message, renewed } = error as NotSent
    return { type: 'failed', outcome: 'misconfigured', failure: { code, message }, ...renewed }
  }
  const machine = clientCredentialsGrant(provider)
  // A refresh is one request too.
  const step = machine.start({
    credentials,
    parameters,
    about: renewal ? {} : { scope: context.scope(), redirect_uri: context.redirect_uri() },
  })
  const ended = await drive(machine, step, {
    clock,
    provider,
    transport: {
      async send(request) {
        // A request that is sent once more, with a nonce, shares the time of the first.
        const leftMs = response ? Math.max(1, startMs + DEADLINE_MS - clock.monotonicMs()) : DEADLINE_MS
        response = await transport.send(request, { deadlineMs: leftMs })
        return completeResponse(response)
      },
    },
  })
  const { status = 0, body = '', truncated = false } = response ?? {}
  const refresh_tokens = status < 300 ? valuesOf(body, 'refresh_token') : []
  const twice = refresh_tokens.length > 1 || valuesOf(body, 'access_token').length > 1
  // A new refresh token may have been cut off: another request may bring it.
  const isCutOff = truncated && refresh_tokens.length === 0
  if ('tokens' in ended && !twice && !isCutOff) {
    // RFC 6749 section 6: without a new refresh token the old one stays in use.
    const kept = (renewal ?? ended.tokens.refresh_token) ? {} : { refresh_token }
    return { type: 'granted', tokens: tokenSet({ ...ended.tokens, ...kept }) }
  }

  const message = twice
    ? `${provider.name} sent a token twice in one response`
    : `the response of ${provider.name} was cut off`
  const failure: Failure =
    ended.type === 'failed' ? ended.failure : { code: 'indeterminate', message, status }
  const fresh = refresh_tokens.filter(token => token !== refresh_token)
  const salvaged = fresh.length > 0 ? { refresh_tokens: fresh, truncated } : undefined
  return { type: 'failed', outcome: outcomeOf(failure), failure, salvaged }
}
