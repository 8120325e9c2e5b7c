import type { Tokens } from '../tokens.ts'
import type { ClientContext } from '../client/context.ts'
import { sendFor } from './send-and-read.ts'
import type { RedirectParameters } from '../provider/provider.ts'

/** Revokes tokens if the server can, and ignores its response. */
export async function revokeQuietly(
  context: ClientContext,
  tokens: Partial<Tokens>,
  redirect?: RedirectParameters,
): Promise<void> {
  const provider = context.providerAt(redirect)
  for (const request of provider.revocation?.(provider, context.credentials(), tokens) ?? [])
    await sendFor(context, request)
}
