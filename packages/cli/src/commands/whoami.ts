import { type Context, openClient, type Result } from '../context.ts'
import { whoIs } from '../who-is.ts'

/** Whose tokens these are, as the provider says. */
export async function run(context: Context): Promise<Result> {
  await using client = await openClient(context)
  const { provider: name, entry } = context.settings
  const { username, according } = await whoIs(client, entry.preset ?? name, context.signal)
  const { provider, account } = client.toJSON()
  return {
    text: username ?? `Somebody who is signed in to ${provider}; it does not say who.`,
    json: { provider, account, username, according },
  }
}
