// Counts the acknowledged writes that failovers lose.
import { RedisTokenStore, type Target } from '../src/index.ts'
import type { Topology } from './topologies.ts'

export interface Outcome {
  readonly failovers: number
  /** Acknowledged, unconfirmed writes that a failover lost. */
  readonly lostUnconfirmed: number
  /** Confirmed writes that a failover lost. */
  readonly lostConfirmed: number
}

/**
 * In every round one write is confirmed, replication is cut, one more is acknowledged, the primary dies, and the
 * next one is asked what it has. The store is the same all along, and is told nothing.
 */
export async function failOverRepeatedly(
  topology: Topology,
  target: Target,
  rounds: number,
): Promise<Outcome> {
  const waiting = (timeoutMs: number): RedisTokenStore =>
    new RedisTokenStore({ ...target, confirm: { replicas: 1, timeoutMs }, timeoutMs: 20_000 })
  const [store, impatient] = [waiting(10_000), waiting(100)]
  let [lostUnconfirmed, lostConfirmed] = [0, 0]
  const write = async (value: string): Promise<void> => {
    const result = await store.compareAndSwap('account', (await store.read('account'))?.version, value)
    if (!result.swapped) throw new Error('nobody else writes, and the swap was refused')
  }
  try {
    for (let round = 0; round < rounds; round += 1) {
      await write(`${round} confirmed`)
      if (!(await store.confirm!('account')))
        throw new Error('replication is in step, and confirm says false')
      await topology.cutReplication('latchkey::account')
      await write(`${round} acknowledged`)
      if (await impatient.confirm!('account')) throw new Error('replication is cut, and confirm says true')
      await topology.failOver('latchkey::account')
      const found = (await store.read('account'))?.value
      if (found === `${round} confirmed`) lostUnconfirmed += 1
      else if (found !== `${round} acknowledged`) lostConfirmed += 1
      await topology.recover()
    }
  } finally {
    await Promise.all([store.close(), impatient.close()])
  }
  return { failovers: rounds, lostUnconfirmed, lostConfirmed }
}
