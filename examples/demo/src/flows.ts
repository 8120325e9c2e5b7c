// The four flows of Imgur, each as a program would use it.
import { type Client, LatchkeyError, type Pending, type Tokens } from '@latchkey/core'
import { print, redactUrl } from './print.ts'
import type { Environment, InputKind } from './environments/environment.ts'

export const byCode = (client: Client, environment: Environment): Promise<Tokens> =>
  signIn(
    client.Authorize.byCode(),
    environment,
    'redirect',
    'check the state of the redirect, exchange its code for tokens',
  )

export const byPIN = (client: Client, environment: Environment): Promise<Tokens> =>
  signIn(client.Authorize.byPIN(), environment, 'pin', 'exchange the PIN for tokens')

export const byToken = (client: Client, environment: Environment): Promise<Tokens> =>
  signIn(
    client.Authorize.byToken(),
    environment,
    'redirect',
    'check the state of the redirect, read the tokens from its fragment',
  )

export async function regenerate(client: Client): Promise<Tokens> {
  print.step('exchange the refresh token for new tokens')
  const tokens = await client.Authorize.regenerateFromRefreshToken()
  if (!tokens) throw new Error('there is no refresh token to regenerate from')
  return tokens
}

/** After these errors a flow accepts another attempt: a corrected PIN, or its own redirect. */
const RETRYABLE_CODES: readonly string[] = ['invalid_grant', 'redirect_invalid', 'state_mismatch']

async function signIn(
  auth: Pending<Tokens | Promise<Tokens>>,
  environment: Environment,
  kind: InputKind,
  step: string,
): Promise<Tokens> {
  print.step(`send the user to ${redactUrl(auth.url)}`)
  for await (const { input, onResult } of environment.authorize(auth.url, kind)) {
    print.step(step)
    try {
      const tokens = (async () => auth.authorize(input))()
      onResult?.(tokens)
      return await tokens
    } catch (error) {
      if (!(error instanceof LatchkeyError) || !RETRYABLE_CODES.includes(error.code)) throw error
      print.failure(`${error.name}: ${error.message}`)
    }
  }
  throw new Error('the user did not complete the sign-in')
}
