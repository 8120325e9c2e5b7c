import type { KeptTokens, Snapshot } from '@latchkey/core'
import { useCallback, useSyncExternalStore } from 'react'

/**
 * Returns what is known of a client's account, and renders again when it changes, in this tab or another one: the status
 * (`unknown` until the store was read), the account, the scope and the expiry; never a token.
 */
export function useAccount(client: Pick<KeptTokens, 'subscribe' | 'snapshot'>): Snapshot {
  const subscribe = useCallback((listener: () => void) => client.subscribe(listener), [client])
  const snapshot = useCallback(() => client.snapshot(), [client])
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}
