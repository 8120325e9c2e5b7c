import { type Context, openClient, openStore, type Result } from '../context.ts'
import { describe } from '../descriptions.ts'
import { SIGN_IN_REQUIRED } from '../exits.ts'
import { loginCommand } from '../hints.ts'
import { placeOf } from '../place-of-account.ts'
import { readAccountRecord } from '../records.ts'

/** Prints whether the account is signed in, from the store alone. The exit code says it too. */
export async function run(context: Context): Promise<Result> {
  const { settings } = context
  await using client = await openClient(context)
  const { provider, client_id, account } = client.toJSON()
  const store = await openStore(settings.store)
  try {
    const record = await readAccountRecord(store, { provider, client_id: client_id!, account })
    const { status, isGood, message, action } = describe(record)
    const { account_username: username, expires_at } = record?.tokens ?? {}
    const who = username === undefined ? '' : ` (${username})`
    return {
      lines: [
        `${message}${who}`,
        placeOf(settings),
        ...(action === 'login' ? [`Sign in with: ${loginCommand(settings)}`] : []),
      ],
      json: { provider, client_id, account, username, status, isGood, expires_at },
      exit: status === 'live' && action !== 'login' ? 0 : SIGN_IN_REQUIRED,
    }
  } finally {
    await store.close?.()
  }
}
