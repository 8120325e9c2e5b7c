import { InvalidGrantError } from '@latchkey/core'
import { type Context, openClient, type Result } from '../context.ts'
import { formatExpiry } from '../descriptions.ts'

/** Obtains new tokens, even if the old ones are still valid. */
export async function run(context: Context): Promise<Result> {
  await using client = await openClient(context)
  if (!(await client.tokens())?.refresh_token) {
    await client.accessToken({ signal: context.signal }) // throws if no account is signed in
    throw new InvalidGrantError({ message: 'there is no refresh token: the server did not issue one' })
  }
  const { expires_at, scope } = (await client.Authorize.regenerateFromRefreshToken())!
  await client.settled()
  const { provider, account } = client.toJSON()
  return {
    lines: [`Refreshed: the access token is ${formatExpiry(expires_at)}.`],
    json: { provider, account, scope, expires_at },
  }
}
