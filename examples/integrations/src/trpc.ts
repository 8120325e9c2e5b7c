import type { Client } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client'
import type { AppRouter } from './trpc-server.ts'

export function trpc(client: Client, url: string): TRPCClient<AppRouter> {
  const send = authorizedFetch(client)
  return createTRPCClient<AppRouter>({
    links: [httpBatchLink({ url, fetch: (input, init) => send(input, init as RequestInit) })],
  })
}
