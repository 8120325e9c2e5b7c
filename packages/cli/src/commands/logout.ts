import { revoke } from '@latchkey/core'
import { type Context, openClient, type Result } from '../context.ts'
import { printLine } from '../terminal.ts'
import { inUserWords } from '../user-words.ts'

/** Deletes an account's tokens, and revokes them if the server supports it. */
export async function run(context: Context): Promise<Result> {
  await using client = await openClient(context)
  const { provider, account } = client.toJSON()
  const { status } = await client.status()
  if (status === 'signedOut')
    return { lines: ['No account was signed in.'], json: { provider, account, revoked: false } }

  const canRevoke = client.provider.revocationEndpoint !== undefined
  const revoked = canRevoke && (await revoke(client).then(() => true, reportFailure))
  if (!revoked) await client.signOut()
  const where = revoked ? 'here and at the server' : 'here'
  const rest = canRevoke ? '' : ` ${provider} has no way to revoke tokens; they expire by themselves.`
  return { lines: [`Signed out ${where}.${rest}`], json: { provider, account, revoked } }
}

function reportFailure({ message }: Error): boolean {
  printLine(`The server did not revoke the tokens: ${inUserWords(message)}`)
  return false
}
