import type { Switches } from '../options.ts'
import { eraOf } from '../state/eras.ts'
import type { TokenSet } from '../state/tokens.ts'

/**
 * Returns the body of a successful token response, with its members in the recorded order: access_token, expires_in,
 * token_type, scope, refresh_token, account_id, account_username.
 */
export function tokenResponse(
  { access_token, refresh_token, user }: TokenSet,
  switches: Readonly<Switches>,
  grant_type: string | undefined,
): Record<string, unknown> {
  const { expires_in, token_type, hasScope, hasAccountId } = eraOf(switches)
  return {
    access_token,
    expires_in,
    token_type,
    ...(hasScope && { scope: null }),
    ...(!omitsRefreshToken(switches, grant_type) && { refresh_token }),
    ...(hasAccountId && { account_id: user.account_id }),
    account_username: user.account_username,
  }
}

/** Returns the fragment of the token flow in the recorded order: account_username before account_id, no scope. */
export function tokenFragment(
  { access_token, refresh_token, user }: TokenSet,
  switches: Readonly<Switches>,
): Record<string, string> {
  const { expires_in, token_type, hasAccountId } = eraOf(switches)
  if (switches.fragmentOrder === 'docs') {
    return { access_token, token_type: 'Bearer', expires_in: String(expires_in) }
  }
  return {
    access_token,
    expires_in: String(expires_in),
    token_type,
    ...(!omitsRefreshToken(switches, 'token') && { refresh_token }),
    account_username: user.account_username,
    ...(hasAccountId && { account_id: String(user.account_id) }),
  }
}

function omitsRefreshToken(
  { omitRefreshToken }: Readonly<Switches>,
  grant_type: string | undefined,
): boolean {
  return (
    omitRefreshToken === 'always' || (omitRefreshToken === 'on-refresh' && grant_type === 'refresh_token')
  )
}
