import { checkType } from '../util/check-type.ts'
import { errorOf } from '../errors.ts'
import type { Renewal } from '../keeper/record.ts'
import type { Tokens } from '../tokens.ts'
import type { ClientContext } from '../client/context.ts'
import { renew } from './renew.ts'

/**
 * Refreshes now. The stored refresh token is used in a flight, which other callers join. Another one is used in a request
 * of its own, and its tokens are signed in.
 */
export async function regenerate(context: ClientContext, given?: string | null): Promise<Tokens | null> {
  if (given != null) checkType('refresh_token', given, 'string')
  const { keeper, logger } = context
  const stored = (await keeper.read())?.tokens.refresh_token
  const refresh_token = given || stored
  if (!refresh_token) {
    logger.warn('Latchkey: there is no refresh token: sign in, or pass one')
    return null
  }
  return refresh_token === stored ? keeper.refresh() : tryRefreshToken(context, refresh_token)
}

/** Obtains tokens with a refresh token that is not the stored one; a failure leaves the stored tokens unchanged. */
async function tryRefreshToken(context: ClientContext, refresh_token: string): Promise<Tokens> {
  const { trials } = context
  const trial =
    trials.get(refresh_token) ?? obtain(context, refresh_token).finally(() => trials.delete(refresh_token))
  trials.set(refresh_token, trial)
  return trial
}

/** Obtains tokens with a refresh token or by another grant, and signs the account in with them. */
export async function obtain(
  context: ClientContext,
  refresh_token: string | undefined,
  renewal?: Renewal,
  access_token?: string,
): Promise<Tokens> {
  const { keeper, clock } = context
  const facts = { dpop: await context.dpop?.createKey(), ...(renewal && { renewal }) }
  const renewed = await renew(context, refresh_token, facts, access_token)
  if (renewed.type === 'failed') throw errorOf(renewed.failure)
  const { tokens } = renewed
  keeper.signIn({ tokens, obtainedAtMs: clock.nowMs(), ...facts })
  await keeper.waitUntilStored()
  return tokens
}
