// The protocol of Git's credential helpers (git help git-credential): attributes on stdin and stdout.
import { text } from 'node:stream/consumers'
import type { Client } from '@latchkey/core'
import { ApiOrigins } from '@latchkey/core/provider'
import type { Context, Result } from './context.ts'
import { UsageError } from './usage-error.ts'

/** The user name that a host expects with an access token, if it is not the usual one. */
const USER_NAMES: Readonly<Record<string, string>> = { 'bitbucket.org': 'x-token-auth' }
const USER_NAME = 'oauth2'

const NOTHING: Result = { text: '', json: {} }

/**
 * Does what Git asks for. `get`: prints a token, only for https, and for the origins of the provider's API and of its token
 * endpoint. `erase`: Git reports that the host rejected the token. `store`: nothing.
 *
 * @throws {UsageError} when the input is not of this protocol, or the connection is not https.
 */
export async function gitCredential(
  client: Client,
  { argument = 'get', signal }: Pick<Context, 'argument' | 'signal'>,
): Promise<Result> {
  const { protocol, host = '', path = '', password } = attributesOf(await text(process.stdin))
  if (argument === 'erase' && password !== undefined && password === (await client.tokens())?.access_token)
    await client.rejected(password, { signal })
  if (argument !== 'get') return NOTHING
  if (protocol === undefined) throw new UsageError('the input has no protocol: Git writes its request there')
  if (protocol !== 'https') throw new UsageError(`a token is sent by https only, and Git uses '${protocol}'`)
  const origins = new ApiOrigins(client, [new URL(client.provider.tokenEndpoint).origin])
  if (!(await origins.covers(`https://${host}/${path}`))) return NOTHING // Git asks the next helper
  const access_token = await client.accessToken({ signal })
  const { expires_at } = (await client.tokens()) ?? {}
  const json = {
    protocol,
    host,
    username: USER_NAMES[host] ?? USER_NAME,
    password: access_token,
    ...(expires_at !== undefined && { password_expiry_utc: Math.floor(expires_at / 1000) }),
  }
  return {
    text: Object.entries(json)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    json,
  }
}

function attributesOf(input: string): Readonly<Record<string, string | undefined>> {
  const lines = input.split('\n').filter(line => line !== '')
  if (lines.some(line => /\p{Cc}/u.test(line))) throw new UsageError('the input has a control character')
  if (lines.some(line => !line.includes('='))) throw new UsageError('the input is not of a Git credential')
  return Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}
