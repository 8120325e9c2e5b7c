import { keepTokens, type KeptTokens, type Tokens } from '@latchkey/core'
import type { Clock } from '@latchkey/core/ports'
import { BrowserTokenStore } from '@latchkey/storage-browser'

/** The authorization server's token endpoint, and the id of the client. */
export interface TokenEndpoint {
  readonly url: string
  readonly client_id: string
  readonly client_secret: string
}

/** The results of the callers of a tab. */
export interface Asked {
  readonly tokens: readonly string[]
  readonly failures: readonly string[]
}

let aheadMs = 0
export const clock: Clock = {
  nowMs: () => Date.now() + aheadMs,
  monotonicMs: () => performance.now() + aheadMs,
  sleep: (ms, { signal } = {}) =>
    new Promise(resolve => {
      const end = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end, { once: true })
    }),
}
let kept: KeptTokens
const events: string[] = []

/** Starts a keeper in this tab for the shared tokens; `tokens` are the first ones. */
export async function keep({ url, ...client }: TokenEndpoint, tokens?: Tokens): Promise<void> {
  kept = keepTokens({
    store: new BrowserTokenStore({ name: 'kept' }),
    key: 'account',
    clock,
    async refresh(refresh_token) {
      const body = new URLSearchParams({ ...client, grant_type: 'refresh_token', refresh_token })
      const response = await fetch(url, { method: 'POST', body })
      const answer = await response.json()
      if (!response.ok) throw Object.assign(new Error(`status ${response.status}`), answer)
      return answer as Tokens
    },
  })
  for (const type of ['signed-in', 'signed-out'] as const) kept.on(type, event => events.push(event.type))
  if (tokens) await kept.import(tokens)
}

/** Signs in with the tokens of another sign-in. */
export function signIn(tokens: Tokens): Promise<void> {
  return kept.import(tokens)
}

export function signOut(): Promise<void> {
  return kept.signOut()
}

/** Returns the sign-ins and sign-outs that this tab has heard of since the last call. */
export function heard(): string[] {
  return events.splice(0)
}

/** Advances both clocks of this tab. */
export function advance(ms: number): void {
  aheadMs += ms
}

/** Resolves when this tab no longer reads, and everything is in the store. */
export function settled(): Promise<void> {
  return kept.settled()
}

/** Starts `callers` calls at once. */
export async function ask(callers: number): Promise<Asked> {
  const ends = await Promise.allSettled(Array.from({ length: callers }, () => kept.accessToken()))
  return {
    tokens: ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : [])),
    failures: ends.flatMap(end => (end.status === 'rejected' ? [String(end.reason)] : [])),
  }
}
