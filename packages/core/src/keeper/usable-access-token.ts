import type { Json } from '../ports/token-store.ts'
import { readRecord } from './read-record.ts'
import type { Owner } from './record.ts'
import { isUsable } from './rules.ts'

/**
 * Returns the access token in the value that a store has under the key of `owner`, or `undefined` if a client is needed:
 * there is no record, nobody is signed in, or the token has expired, soon expires or was rejected by an API. For
 * programs that start for a single token.
 */
export function usableAccessToken(value: Json, owner: Owner, nowMs: number): string | undefined {
  const found = readRecord({ value, version: '' }, owner)
  if (typeof found !== 'object') return undefined
  const at = { nowMs, monotonicMs: 0 }
  const context = { request: { early: true }, memory: { startedAt: at } }
  return isUsable(context, found.record, at) ? found.record.tokens.access_token : undefined
}
