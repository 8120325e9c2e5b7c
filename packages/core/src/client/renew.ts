import { drive } from '../drive/drive.ts'
import type { Renewed } from '../drive/keeper-effects.ts'
import type { MisconfiguredError, MissingTransportError } from '../errors.ts'
import { refreshToken } from '../flows/refresh-token.ts'
import { outcomeOf } from '../keeper/outcome.ts'
import type { HttpResponse, Transport } from '../ports/transport.ts'
import { valuesOf } from '../wire/salvage.ts'
import type { ClientContext } from './context.ts'

/**
 * Spends a refresh token. An answer that is no good otherwise may still hold the new one, and a body that names two
 * of them leaves it open which is meant: what can be saved of it is told.
 */
export async function renew(context: ClientContext, refresh_token = ''): Promise<Renewed> {
  const machine = refreshToken(context.provider)
  let response: HttpResponse | undefined
  let transport: Transport
  let step
  try {
    transport = context.transport()
    step = machine.start({ refresh_token, credentials: context.credentials() })
  } catch (error) {
    const { code, message } = error as MissingTransportError | MisconfiguredError
    return { type: 'failed', outcome: 'misconfigured', failure: { code, message } }
  }
  const ended = await drive(machine, step, {
    clock: context.clock,
    transport: { send: async request => (response = await transport.send(request)) },
  })
  const { status = 0, body = '', truncated = false } = response ?? {}
  const refresh_tokens = status < 300 ? valuesOf(body, 'refresh_token') : []
  const twice = refresh_tokens.length > 1 || valuesOf(body, 'access_token').length > 1
  if (ended.type === 'refreshed' && !twice) return { type: 'granted', tokens: ended.tokens }

  const failure =
    ended.type === 'failed'
      ? ended.failure
      : ({ code: 'outcome_unknown', message: `${context.provider.name} sent a token twice`, status } as const)
  const fresh = refresh_tokens.filter(one => one !== refresh_token)
  const salvaged = fresh.length > 0 ? { refresh_tokens: fresh, truncated } : undefined
  return { type: 'failed', outcome: outcomeOf(failure), failure, salvaged }
}
