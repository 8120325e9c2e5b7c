import { type Context, openClient, type Result } from '../context.ts'
import { identify } from '../identify.ts'

/** Prints the user that the tokens belong to. */
export async function run(context: Context): Promise<Result> {
  await using client = await openClient(context)
  const { username, source } = await identify(client, context.signal)
  const { provider, account } = client.toJSON()
  return {
    lines: [username ?? `Signed in to ${provider}, which does not report the user.`],
    json: { provider, account, username, source },
  }
}
