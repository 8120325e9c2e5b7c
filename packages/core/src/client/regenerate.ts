import { checkType } from '../check-type.ts'
import { drive } from '../drive/drive.ts'
import { refreshToken } from '../flows/refresh-token.ts'
import type { Tokens } from '../tokens.ts'
import type { ClientContext } from './context.ts'
import { tokensOf } from './outcome.ts'

/** Refreshes with the token given, or the one this process knows, or the one in the store. */
export async function regenerate(context: ClientContext, given?: string | null): Promise<Tokens | null> {
  if (given != null) checkType('refresh_token', given, 'string')
  const { session, provider, clock, logger } = context
  const refresh_token = given || session.tokens.refresh_token || (await session.read())?.tokens.refresh_token
  if (!refresh_token) {
    logger.warn('Latchkey: there is no refresh token, neither on the client nor as an argument')
    return null
  }
  return session.refresh(refresh_token, async () => {
    const machine = refreshToken(provider)
    const ports = { transport: context.transport(), clock }
    const ended = await drive(
      machine,
      machine.start({ refresh_token, credentials: context.credentials() }),
      ports,
    )
    return tokensOf(ended)
  })
}
