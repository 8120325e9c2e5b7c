import { createHash } from 'node:crypto'
import type http from 'node:http'
import { type KeptTokens, keepTokens, type KeepTokensOptions, MemoryTokenStore } from '@latchkey/core'
import { serve } from './servers.ts'

/** A request that an API received. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly length: number
  readonly hash: string
}

/** An API that rejects every token but `good` with status 401, and responds to others with what it received. */
export interface Api {
  readonly origin: string
  readonly asked: Asked[]
  good: string
}

export const hashOf = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('hex')

/** Starts such an API; it ends with the test. */
export async function startApi(good: string): Promise<Api> {
  const asked: Asked[] = []
  const origin = await serve(async (request, response) => {
    const chunks = (await request.toArray().catch(() => [])) as Buffer[]
    const body = Buffer.concat(chunks)
    const { method = '', url: path = '', headers } = request
    const one = { method, path, headers, length: body.length, hash: hashOf(body) }
    asked.push(one)
    const refused =
      headers.authorization?.startsWith('Bearer ') && headers.authorization !== `Bearer ${api.good}`
    response.writeHead(refused ? 401 : 200).end(refused ? 'refused' : JSON.stringify(one))
  })
  const api: Api = { origin, asked, good }
  return api
}

/** A keeper with the token `old`, then those of `refresh`, by default `new-1`, `new-2`. */
export async function kept(
  options: Partial<KeepTokensOptions> = {},
): Promise<KeptTokens & { readonly refreshes: number }> {
  let refreshes = 0
  const tokens = keepTokens({
    store: new MemoryTokenStore(),
    key: 'k',
    refresh: async () => ({ access_token: `new-${++refreshes}`, refresh_token: 'r' }),
    ...options,
  })
  await tokens.import({ access_token: 'old', refresh_token: 'r' })
  return Object.defineProperty(tokens, 'refreshes', { get: () => refreshes }) as KeptTokens & {
    refreshes: number
  }
}
