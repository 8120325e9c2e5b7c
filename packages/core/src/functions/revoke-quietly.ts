import type { Tokens } from '../tokens.ts'
import type { ClientContext } from '../client/context.ts'

/** Asks the server to forget tokens, where it can; what it says does not matter. */
export async function revokeQuietly(context: ClientContext, tokens: Partial<Tokens>): Promise<void> {
  const { provider } = context
  for (const request of provider.revocation?.(provider, context.credentials(), tokens) ?? [])
    await context.transport().send(request)
}
