import { type Context, openClient, type Result } from '../context.ts'

/** Prints a valid access token, and refreshes it first if needed. */
export async function run(context: Context): Promise<Result> {
  await using client = await openClient(context)
  const access_token = await client.accessToken({ signal: context.signal })
  const { expires_at } = (await client.tokens()) ?? {}
  return { text: access_token, json: { access_token, expires_at } }
}
