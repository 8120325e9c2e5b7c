import type { Json } from '../ports/token-store.ts'
import { readRecord } from './read-record.ts'
import type { Owner } from './record.ts'
import { isUsable } from './rules.ts'

/**
 * The access token in what a store has under the key of `owner`, if it can be handed out as it is; `undefined` where a
 * client has to look: no record, nobody signed in, expired or soon to, refused by an API. For programs that
 * begin and end for one token.
 */
export function usableAccessToken(value: Json, owner: Owner, nowMs: number): string | undefined {
  const found = readRecord({ value, version: '' }, owner)
  if (typeof found !== 'object') return undefined
  const at = { nowMs, monotonicMs: 0 }
  const context = { request: { early: true }, memory: { startedAt: at } }
  return isUsable(context, found.record, at) ? found.record.tokens.access_token : undefined
}
