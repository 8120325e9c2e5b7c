import type { Tokens } from '../tokens.ts'
import type { ClientContext } from '../client/context.ts'

/** Revokes tokens if the server can, and ignores its response. */
export async function revokeQuietly(context: ClientContext, tokens: Partial<Tokens>): Promise<void> {
  const { provider } = context
  for (const request of provider.revocation?.(provider, context.credentials(), tokens) ?? [])
    await context.transport().send(request)
}
