// The four ways to get Imgur's tokens, each as a program would write it.
import type { Client, Tokens } from '@latchkey/core'
import { say, shownUrl } from './say.ts'
import type { Stage } from './stage.ts'

export async function byCode(client: Client, stage: Stage): Promise<Tokens> {
  const auth = client.Authorize.byCode()
  say.step(`send the person to ${shownUrl(auth.url)}`)
  const redirect = await stage.visit(auth.url, 'redirect')
  say.step('check the state of the redirect, exchange its code for tokens')
  return auth.authorize(redirect)
}

export async function byPIN(client: Client, stage: Stage): Promise<Tokens> {
  const auth = client.Authorize.byPIN()
  say.step(`send the person to ${shownUrl(auth.url)}`)
  const pin = await stage.visit(auth.url, 'pin')
  say.step('exchange the PIN for tokens')
  return auth.authorize(pin)
}

export async function byToken(client: Client, stage: Stage): Promise<Tokens> {
  const auth = client.Authorize.byToken()
  say.step(`send the person to ${shownUrl(auth.url)}`)
  const redirect = await stage.visit(auth.url, 'redirect')
  say.step('check the state of the redirect, take the tokens out of its fragment')
  return auth.authorize(redirect)
}

export async function regenerate(client: Client): Promise<Tokens> {
  say.step('exchange the refresh token for new tokens')
  const tokens = await client.Authorize.regenerateFromRefreshToken()
  if (!tokens) throw new Error('there is no refresh token to regenerate from')
  return tokens
}
