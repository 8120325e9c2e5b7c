// The four ways to get Imgur's tokens, each as a program would write it.
import { type Client, LatchkeyError, type Pending, type Tokens } from '@latchkey/core'
import { say, shownUrl } from './say.ts'
import type { Stage, Wanted } from './stages/stage.ts'

export const byCode = (client: Client, stage: Stage): Promise<Tokens> =>
  signIn(
    client.Authorize.byCode(),
    stage,
    'redirect',
    'check the state of the redirect, exchange its code for tokens',
  )

export const byPIN = (client: Client, stage: Stage): Promise<Tokens> =>
  signIn(client.Authorize.byPIN(), stage, 'pin', 'exchange the PIN for tokens')

export const byToken = (client: Client, stage: Stage): Promise<Tokens> =>
  signIn(
    client.Authorize.byToken(),
    stage,
    'redirect',
    'check the state of the redirect, take the tokens out of its fragment',
  )

export async function regenerate(client: Client): Promise<Tokens> {
  say.step('exchange the refresh token for new tokens')
  const tokens = await client.Authorize.regenerateFromRefreshToken()
  if (!tokens) throw new Error('there is no refresh token to regenerate from')
  return tokens
}

/** After these a flow still waits: for the PIN without the typing error, or for its own redirect. */
const MAY_TRY_AGAIN: readonly string[] = ['invalid_grant', 'redirect_invalid', 'state_mismatch']

async function signIn(
  auth: Pending<Tokens | Promise<Tokens>>,
  stage: Stage,
  wanted: Wanted,
  what: string,
): Promise<Tokens> {
  say.step(`send the person to ${shownUrl(auth.url)}`)
  for await (const { input, became } of stage.visit(auth.url, wanted)) {
    say.step(what)
    try {
      const tokens = (async () => auth.authorize(input))()
      became?.(tokens)
      return await tokens
    } catch (error) {
      if (!(error instanceof LatchkeyError) || !MAY_TRY_AGAIN.includes(error.code)) throw error
      say.bad(`${error.name}: ${error.message}`)
    }
  }
  throw new Error('the person did not come back')
}
