import { type Context, openStore, type Result } from '../context.ts'
import { recordsIn } from '../records.ts'
import { table } from '../table.ts'
import { lasts, standingOf } from '../words.ts'

/** Who is in the store, or who of one provider where one is named. */
export async function run({ settings, options }: Context): Promise<Result> {
  const store = await openStore(settings.store)
  try {
    const wanted = options['provider']
    const records = (await recordsIn(store)).filter(
      ({ provider }) => wanted === undefined || provider === wanted,
    )
    const accounts = records.map(record => {
      const { provider, client_id, account, status, tokens } = record
      const { account_username: username, expires_at } = tokens
      return { provider, client_id, account, username, status, expires_at, isGood: standingOf(record).isGood }
    })
    const rows = accounts.map(({ provider, account, username = '', status, expires_at, isGood }) => [
      provider,
      account,
      username,
      status === 'live'
        ? isGood
          ? 'signed in'
          : 'see doctor'
        : status === 'reauth'
          ? 'must sign in again'
          : 'signed out',
      status === 'live' ? lasts(expires_at) : '',
    ])
    return {
      text:
        rows.length > 0
          ? table(['provider', 'account', 'user', 'status', 'access token'], rows)
          : 'Nobody has signed in.',
      json: accounts.map(({ isGood: _, ...account }) => account),
    }
  } finally {
    await store.close?.()
  }
}
