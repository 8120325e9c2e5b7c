import type { ClientContext } from '../client/context.ts'
import type { FamilyFacts } from '../keeper/record.ts'
import type { Tokens } from '../tokens.ts'

/** A sign-in to an account. */
export interface SignedIn {
  readonly account: string
  /** The tokens of the sign-in. */
  readonly tokens: Tokens
  /** Resolves when the tokens are stored. */
  readonly stored: Promise<unknown>
}

/** Signs in to an account, by default the client's own, and to those of further tokens in the same response. */
export function signIn(
  context: ClientContext,
  response: Tokens,
  account?: string,
  { redirect = {}, dpop }: FamilyFacts = {},
): SignedIn {
  const { provider, clock } = context
  const obtainedAtMs = clock.nowMs()
  const { tokens, others = {} } = provider.alsoTokens?.(response, provider, obtainedAtMs) ?? {
    tokens: response,
  }
  const own = context.account(account)
  const facts = { ...(Object.keys(redirect).length > 0 && { redirect }), ...(dpop && { dpop }) }
  const stored = [
    [own, tokens] as const,
    ...Object.entries(others).map(
      ([suffix, other]) => [context.account(`${own.name}/${suffix}`), other] as const,
    ),
  ].map(([{ keeper }, granted]) => {
    keeper.signIn({ tokens: granted, obtainedAtMs, ...facts })
    return keeper.waitUntilStored()
  })
  if (provider.offline && !context.offline && !tokens.refresh_token)
    context.warnOnce(
      `Latchkey: ${provider.name} issued no refresh token: new Client({ offline: true }) requests one`,
    )
  return { account: own.name, tokens, stored: Promise.all(stored) }
}
