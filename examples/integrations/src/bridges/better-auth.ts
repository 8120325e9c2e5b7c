import type { BetterAuthOptions } from 'better-auth'
import type { KeptTokensOf } from './kept-tokens-of.ts'

type Hooks = NonNullable<NonNullable<BetterAuthOptions['databaseHooks']>['account']>
type Account = Parameters<NonNullable<NonNullable<Hooks['create']>['before']>>[0]

// Every sign-in creates or updates the account. Its tokens go to Latchkey, and none to the database, so that better-auth
// never refreshes by itself. A route calls `keptTokensOf(accountId).accessToken()`.
export function accountHooks(keptTokensOf: KeptTokensOf): Hooks {
  const before = async <Changed extends Partial<Account>>(account: Changed) => {
    const { accountId, accessToken, refreshToken, accessTokenExpiresAt } = account
    if (accountId && accessToken)
      await keptTokensOf(accountId).import({
        access_token: accessToken,
        ...(refreshToken && { refresh_token: refreshToken }),
        ...(accessTokenExpiresAt && { expires_at: accessTokenExpiresAt.getTime() }),
      })
    return { data: { ...account, accessToken: null, refreshToken: null, accessTokenExpiresAt: null } }
  }
  return { create: { before }, update: { before } }
}
