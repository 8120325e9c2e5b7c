import { type KeptTokens, keepTokens, type TokenStore } from '@latchkey/core'
import { type Configuration, refreshTokenGrant } from 'openid-client'

/** Returns the tokens of a user: shared by all processes with the same store, and refreshed once for all of them. */
export type KeptTokensOf = (user: string) => KeptTokens

/** Tokens that `openid-client` refreshes. */
export function keptTokensOf(store: TokenStore, config: Configuration): KeptTokensOf {
  return user =>
    keepTokens({
      store,
      key: `${config.serverMetadata().issuer} ${user}`,
      refresh: refresh_token => refreshTokenGrant(config, refresh_token),
    })
}
