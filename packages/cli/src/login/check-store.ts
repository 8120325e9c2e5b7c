import { randomUUID } from 'node:crypto'
import type { TokenStore } from '@latchkey/core'

/** How long a probe stays in a store if this process is killed. */
const PROBE_MS = 60_000

/**
 * Checks that a store can be written, by a value that it removes again, and closes it.
 *
 * @throws {StoreError} when it cannot: so the user learns that before the sign-in.
 */
export async function checkStore(store: TokenStore): Promise<void> {
  const key = `probe/${randomUUID()}`
  try {
    await store.compareAndSwap(key, undefined, true, { expiresAtMs: Date.now() + PROBE_MS })
    await store.remove(key)
  } finally {
    await store.close?.()
  }
}
