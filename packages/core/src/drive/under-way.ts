import type { TokenStore } from '../ports/token-store.ts'

/** The flights and writes of all accounts, by store. */
const underWay = new WeakMap<TokenStore, Set<Promise<unknown>>>()

/** Notes work of any account over a store, so that the store is not closed before it ends. */
export function track<T>(store: TokenStore, work: Promise<T>): Promise<T> {
  const all = underWay.get(store) ?? new Set()
  underWay.set(store, all.add(work))
  const end = (): void => void all.delete(work)
  work.then(end, end)
  return work
}

/** Resolves when no work of any account over a store is under way. */
export async function untilIdle(store: TokenStore): Promise<void> {
  for (let all; (all = underWay.get(store)) && all.size > 0;) await Promise.allSettled(all)
}
