import { type Context, openStore, type Result } from '../context.ts'
import { describedProvider } from '../providers.ts'
import { readRecords } from '../records.ts'
import type { Settings } from '../settings.ts'
import { table } from '../table.ts'
import { formatExpiry, describe } from '../descriptions.ts'

/** Lists the accounts in the store, or those of one provider. */
export async function run({ settings, options }: Context): Promise<Result> {
  const store = await openStore(settings.store)
  try {
    const only = options['provider']
    // A preset with options has a name of its own in the store.
    const names = only === undefined ? [] : [only, nameInStore(settings)]
    const records = (await readRecords(store)).filter(
      ({ provider }) => only === undefined || names.includes(provider),
    )
    const accounts = records.map(record => {
      const { provider, client_id, account, tokens } = record
      const { account_username: username, expires_at } = tokens
      const { status, isGood } = describe(record)
      return { provider, client_id, account, username, status, expires_at, isGood }
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
      status === 'live' ? formatExpiry(expires_at) : '',
    ])
    return {
      ...(rows.length > 0
        ? { text: table(['provider', 'account', 'user', 'status', 'access token'], rows) }
        : { lines: ['No account is signed in.'] }),
      json: accounts.map(({ isGood: _, ...account }) => account),
    }
  } finally {
    await store.close?.()
  }
}

/** Returns the provider's name in the store, if the settings are valid. */
function nameInStore(settings: Settings): string | undefined {
  try {
    return describedProvider(settings)?.name
  } catch {
    return undefined
  }
}
