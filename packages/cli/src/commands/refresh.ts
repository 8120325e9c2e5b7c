import { InvalidGrantError } from '@latchkey/core'
import { type Context, openClient, type Result } from '../context.ts'
import { lasts } from '../words.ts'

/** New tokens, although the old ones may still work. */
export async function run(context: Context): Promise<Result> {
  await using client = await openClient(context)
  if (!(await client.tokens())?.refresh_token) {
    await client.accessToken({ signal: context.signal }) // says why, where nobody is signed in
    throw new InvalidGrantError({ message: 'there is no refresh token: the server gave none' })
  }
  const { expires_at, scope } = (await client.Authorize.regenerateFromRefreshToken())!
  await client.settled()
  const { provider, account } = client.toJSON()
  return {
    text: `Refreshed: the access token is ${lasts(expires_at)}.`,
    json: { provider, account, scope, expires_at },
  }
}
