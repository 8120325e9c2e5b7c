import type { ClientContext } from '../client/context.ts'
import { MisconfiguredError } from '../errors.ts'
import { revokeQuietly } from '../functions/revoke-quietly.ts'
import { sendFor } from '../functions/send-and-read.ts'
import { credentialsOf } from '../provider/api.ts'
import { valueAt } from '../provider/identity.ts'
import { type DpopKey, type FamilyFacts, keyInUse } from '../keeper/record.ts'
import type { Json } from '../ports/token-store.ts'
import type { Tokens } from '../tokens.ts'
import { accountNameOf } from '../util/account-name.ts'

/** What a function that names an account may use besides the tokens. */
export interface Naming {
  /** The `appState` that was passed to `save`. */
  readonly appState: Json | undefined
  /**
   * Returns what the provider's `identity` says of the user; `undefined` if it has none, and in the token flow: its tokens
   * came through the browser, where anybody can write them.
   */
  identify(): Promise<unknown>
}

/** Returns what identifies the user of tokens: a string, or a safe integer. */
export type NameOf = (tokens: Tokens, naming: Naming) => string | number | Promise<string | number>

/** As `NameOf`, for tokens that may be bound to a key. */
type BoundNameOf = (tokens: Tokens, dpop?: DpopKey) => string | number | Promise<string | number>

/**
 * Returns the function that names the account of tokens: the option, or the provider's `identity`; `undefined` for the
 * account that was passed to the client.
 *
 * @throws {TypeError} when there is none of the three: all users would share one account.
 */
export function namingOf(
  context: ClientContext,
  option: NameOf | undefined,
  hasResponse: boolean,
  nonce?: string,
  appState?: Json,
): BoundNameOf | undefined {
  const { identity, name } = context.provider
  if (option)
    return (tokens, dpop) =>
      option(tokens, {
        appState,
        identify: async () => (hasResponse ? identityOf(context, tokens, dpop, nonce) : undefined),
      })
  if (context.hasAccount) return undefined
  if (identity === undefined || !hasResponse)
    throw new TypeError(
      `complete() cannot tell whose account it is: pass the option account (a function of the tokens)${hasResponse ? `, or describe the identity of '${name}'` : ''}`,
    )
  return async (tokens, dpop) => {
    const user = await identityOf(context, tokens, dpop, nonce)
    if (user !== undefined) return user as string
    throw new MisconfiguredError({
      message: `${name} did not say whose tokens these are: pass the option account`,
    })
  }
}

/** Returns what identifies the user of `tokens`; `nonce` is that of the authorization request, if it had one. */
export async function identityOf(
  context: ClientContext,
  tokens: Tokens,
  dpop?: DpopKey,
  nonce?: string,
): Promise<unknown> {
  const { provider, clock, credentials } = context
  const { identity, issuer } = provider
  if (typeof identity !== 'function') return identity === undefined ? undefined : valueAt(tokens, identity)
  const { client_id } = credentials()
  return identity(tokens, {
    issuer,
    client_id,
    nonce,
    headers: credentialsOf({ provider, ...credentials() }, tokens.access_token).headers,
    nowMs: clock.nowMs(),
    send: async request => (await sendFor(context, request, keyInUse(tokens, dpop))).response,
  })
}

/** Names the account of `tokens`. Revokes them when that fails, since nobody can use them. */
export async function nameAccount(
  context: ClientContext,
  tokens: Tokens,
  naming: BoundNameOf | undefined,
  facts: FamilyFacts,
): Promise<string | undefined> {
  if (!naming) return undefined
  try {
    return accountNameOf(await naming(tokens, facts.dpop))
  } catch (error) {
    await revokeQuietly(context, tokens, facts).catch(() => {})
    throw error
  }
}
