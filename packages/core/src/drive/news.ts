import type { TokenStore } from '../ports/token-store.ts'

/** The most subscriptions of one store. */
const MAX_WATCHES = 256

/** What ends each subscription, by its subscriber; the least recently used first. */
const subscriptions = new WeakMap<TokenStore, Map<object, () => void>>()

/**
 * Calls `listener` when the value of `key` may have changed, if the store can tell. A subscriber has one subscription. At
 * most 256 of a store remain: the least recently used one ends.
 */
export function watchFor(subscriber: object, store: TokenStore, key: string, listener: () => void): void {
  if (!store.watch) return
  const all = subscriptions.get(store) ?? new Map<object, () => void>()
  subscriptions.set(store, all)
  const stop = all.get(subscriber) ?? store.watch(key, listener)
  all.delete(subscriber)
  all.set(subscriber, stop)
  if (all.size > MAX_WATCHES) unwatchFor(all.keys().next().value!, store)
}

/** Ends the subscription of a subscriber. */
export function unwatchFor(subscriber: object, store: TokenStore): void {
  const all = subscriptions.get(store)
  all?.get(subscriber)?.()
  all?.delete(subscriber)
}
