import type { Tokens } from '../tokens.ts'
import type { ClientContext } from '../client/context.ts'
import { sendFor } from './send-and-read.ts'
import type { FamilyFacts } from '../keeper/record.ts'

/** Revokes tokens if the server can, and ignores its response. */
export async function revokeQuietly(
  context: ClientContext,
  tokens: Partial<Tokens>,
  { redirect, dpop }: FamilyFacts,
): Promise<void> {
  const provider = context.providerAt(redirect)
  for (const request of provider.revocation?.(provider, context.credentials(), tokens) ?? [])
    await sendFor(context, request, dpop)
}
