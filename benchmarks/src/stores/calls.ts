// The measured calls of each store.
import type { TokenStore } from '@latchkey/core'
import type { Version } from '@latchkey/core/ports'
import { medianNs } from '../round.ts'

/** As large as tokens with the other members of a provider's response. */
export const VALUE = {
  access_token: 'a'.repeat(64),
  refresh_token: 'r'.repeat(64),
  token_type: 'bearer',
  expires_at_ms: 1_800_000_000_000,
  account_id: '12345678',
  account_username: 'somebody',
}

export const KEY = 'imgur:client:somebody'

/** Measures a round of calls that leave the process; each is long enough to be timed alone. */
export const timed = (call: () => Promise<unknown>) => () => medianNs(call, { batch_threshold: 0 })

/** Reads the value of a first swap; each swap continues from the previous one and must succeed. */
export async function callsOf(store: TokenStore): Promise<Record<'read' | 'swap', () => Promise<void>>> {
  let version: Version | undefined
  const swap = async (): Promise<void> => {
    const result = await store.compareAndSwap(KEY, version, VALUE)
    if (!result.swapped) throw new Error('another process wrote')
    version = result.version
  }
  await swap()
  return {
    swap,
    async read() {
      if (!(await store.read(KEY))) throw new Error('nothing was read')
    },
  }
}
