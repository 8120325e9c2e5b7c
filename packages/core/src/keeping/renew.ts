import { drive } from '../drive/drive.ts'
import type { RenewalResult } from '../keeper/states.ts'
import type { Failure } from '../failure.ts'
import type { MisconfiguredError, MissingTransportError } from '../errors.ts'
import { clientCredentialsGrant } from '../flows/client-credentials.ts'
import { refreshToken } from '../flows/refresh-token.ts'
import type { Answered, Send, Unanswered } from '../flows/step.ts'
import { outcomeOf } from '../keeper/outcome.ts'
import type { FamilyFacts } from '../keeper/record.ts'
import type { Machine, Tagged } from '../machine/machine.ts'
import type { HttpResponse, Transport } from '../ports/transport.ts'
import type { ClientCredentials } from '../wire/client-request.ts'
import { completeResponse } from '../wire/complete-response.ts'
import { valuesOf } from '../wire/salvage.ts'
import type { ClientContext } from '../client/context.ts'

/**
 * How long the response to a refresh is waited for, in ms. It may hold the only copy of a refresh token, so it is not
 * given up while its connection is open.
 */
const DEADLINE_MS = 60_000

/**
 * Obtains new tokens, with a refresh token or, if `renewal` says so, with the client's own credentials. An unusable
 * response may still have the new refresh token, or two of them: `salvaged` holds what could be read.
 */
export async function renew(
  context: ClientContext,
  refresh_token = '',
  { redirect, renewal, dpop }: FamilyFacts = {},
): Promise<RenewalResult> {
  const { clock } = context
  const provider = context.providerAt(redirect)
  const startMs = clock.monotonicMs()
  let response: HttpResponse | undefined
  let transport: Transport
  let credentials: ClientCredentials
  try {
    transport = context.transport(dpop)
    credentials = context.credentials()
  } catch (error) {
    const { code, message } = error as MissingTransportError | MisconfiguredError
    return { type: 'failed', outcome: 'misconfigured', failure: { code, message } }
  }
  const run = <S extends Tagged, E extends Tagged, I>(
    machine: Machine<S, E | Answered | Unanswered, Send, I>,
    input: I,
  ): Promise<S> =>
    drive(machine, machine.start(input), {
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
  const ended = renewal
    ? await run(clientCredentialsGrant(provider), { credentials, scope: renewal.parameters?.scope })
    : await run(refreshToken(provider), {
        refresh_token,
        credentials,
        scope: context.scope(),
        redirect_uri: context.redirect_uri(),
      })
  const { status = 0, body = '', truncated = false } = response ?? {}
  const refresh_tokens = status < 300 ? valuesOf(body, 'refresh_token') : []
  const twice = refresh_tokens.length > 1 || valuesOf(body, 'access_token').length > 1
  // A new refresh token may have been cut off: another request may bring it.
  const isCutOff = truncated && refresh_tokens.length === 0
  if ('tokens' in ended && !twice && !isCutOff) return { type: 'granted', tokens: ended.tokens }

  const message = twice
    ? `${provider.name} sent a token twice in one response`
    : `the response of ${provider.name} was cut off`
  const failure: Failure =
    ended.type === 'failed' ? ended.failure : { code: 'indeterminate', message, status }
  const fresh = refresh_tokens.filter(token => token !== refresh_token)
  const salvaged = fresh.length > 0 ? { refresh_tokens: fresh, truncated } : undefined
  return { type: 'failed', outcome: outcomeOf(failure), failure, salvaged }
}
