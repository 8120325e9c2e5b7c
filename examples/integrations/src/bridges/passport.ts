import type { VerifyCallback, VerifyFunction } from 'passport-oauth2'
import type { KeptTokensOf } from './kept-tokens-of.ts'

/** What the token endpoint responded with. */
interface TokenResponse {
  readonly expires_in?: number
  readonly id_token: string
}

// The verify function of a `passport-oauth2` strategy. A route calls `keptTokensOf(req.user.id).accessToken()`.
export const verify =
  (keptTokensOf: KeptTokensOf, userOf: (response: TokenResponse) => string): VerifyFunction =>
  (
    access_token: string,
    refresh_token: string,
    response: TokenResponse,
    _: unknown,
    done: VerifyCallback,
  ) => {
    const { expires_in } = response
    const id = userOf(response)
    keptTokensOf(id)
      .import({ access_token, refresh_token, ...(expires_in !== undefined && { expires_in }) })
      .then(
        () => done(null, { id }),
        (error: Error) => done(error),
      )
  }
