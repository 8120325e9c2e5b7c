import { type Context, openClient, type Result } from '../context.ts'
import { FORMATS } from '../token-formats.ts'
import { UsageError } from '../usage-error.ts'

/** Prints a valid access token, and refreshes it first if needed; or what `--format` says. */
export async function run(context: Context): Promise<Result> {
  const { options, argument, signal } = context
  const name = options['format'] as string | undefined
  const format = name !== undefined && Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined
  if (name !== undefined && !format)
    throw new UsageError(`unknown format '${name}': use ${Object.keys(FORMATS).join(', ')}`)
  if (argument !== undefined && name !== 'git')
    throw new UsageError(`too many arguments: '${argument}' (only --format=git takes one)`)
  await using client = await openClient(context)
  if (format) return await format(client, context)
  const access_token = await client.accessToken({ signal })
  const { expires_at } = (await client.tokens()) ?? {}
  return { text: access_token, json: { access_token, expires_at } }
}
