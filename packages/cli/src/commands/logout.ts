import { revoke } from '@latchkey/core'
import { keyOf } from '@latchkey/core/keeper'
import { type Context, openClient, openStore, type Result } from '../context.ts'
import { printLine } from '../terminal.ts'
import { inUserWords } from '../user-words.ts'

/** Deletes an account's tokens, and revokes them if the server supports it. */
export async function run(context: Context): Promise<Result> {
  if (context.options['local']) return signOutHere(context)
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

/** Deletes an account's data, also if it cannot be read: it is damaged, or encrypted with a key that is lost. */
async function signOutHere(context: Context): Promise<Result> {
  await using client = await openClient(context)
  const { provider, client_id, account } = client.toJSON()
  const store = await openStore(context.settings.store)
  try {
    await store.remove(keyOf({ provider, client_id: client_id!, account }))
  } finally {
    await store.close?.()
  }
  await client.signOut()
  return {
    lines: ['Signed out here alone: the server was not told.'],
    json: { provider, account, revoked: false },
  }
}

function reportFailure({ message }: Error): boolean {
  printLine(`The server did not revoke the tokens: ${inUserWords(message)}`)
  return false
}
