import { revoke } from '@latchkey/core'
import { type Context, openClient, type Result } from '../context.ts'
import { say } from '../terminal.ts'

/** Forgets an account's tokens, and has the server forget them where it can. */
export async function run(context: Context): Promise<Result> {
  await using client = await openClient(context)
  const { provider, account } = client.toJSON()
  const { status } = await client.status()
  if (status === 'signedOut')
    return { text: 'Nobody was signed in.', json: { provider, account, revoked: false } }

  const canRevoke = client.provider.revocationEndpoint !== undefined
  const revoked = canRevoke && (await revoke(client).then(() => true, unable))
  if (!revoked) await client.signOut()
  const where = revoked ? 'here and at the server' : 'here'
  const rest = canRevoke ? '' : ` ${provider} has no way to revoke tokens; they expire by themselves.`
  return { text: `Signed out ${where}.${rest}`, json: { provider, account, revoked } }
}

function unable({ message }: Error): boolean {
  say(`The server did not forget the tokens: ${message}`)
  return false
}
