import type { AuthOptions } from 'next-auth'
import type { OAuthConfig } from 'next-auth/providers/oauth'
import type { KeptTokensOf } from '../src/bridges/kept-tokens-of.ts'

// The session cookie holds no tokens: requests at the same time cannot overwrite new ones with old ones. A route calls
// `keptTokensOf(session.user.id).accessToken()`.
export const nextAuthOptions = (
  provider: OAuthConfig<{ sub: string }>,
  keptTokensOf: KeptTokensOf,
): AuthOptions => ({
  providers: [provider],
  session: { strategy: 'jwt' },
  callbacks: {
    async jwt({ token, account }) {
      // There is an account at the sign-in only.
      if (account)
        await keptTokensOf(account.providerAccountId).import({
          access_token: account.access_token!,
          ...(account.refresh_token && { refresh_token: account.refresh_token }),
          ...(account.expires_at && { expires_at: account.expires_at * 1000 }),
        })
      return token
    },
    session: ({ session, token }) => ({ ...session, user: { ...session.user, id: token.sub } }),
  },
})
