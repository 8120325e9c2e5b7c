// Many failovers: 20 of each kind, 300 in a soak.
import { expect, test } from '@jest/globals'
import { failOverRepeatedly } from '../failovers.ts'
import { ClusterOfSix, Replicated } from '../topologies.ts'
import { soaked } from '../../../../tools/soak/shard.ts'

const ROUNDS = soaked(300, 20)

const KINDS = {
  async 'under Sentinel'() {
    const replicated = await Replicated.start()
    return [replicated, { sentinel: replicated.options }] as const
  },
  async 'in a Cluster'() {
    const cluster = await ClusterOfSix.start()
    return [cluster, { cluster: cluster.options }] as const
  },
}

test.each(Object.entries(KINDS))(
  `${ROUNDS} failovers %s: nothing that was confirmed is lost`,
  async (kind, start) => {
    const [topology, target] = await start()
    const outcome = await failOverRepeatedly(topology, target, ROUNDS)
    process.stdout.write(`${kind}: ${JSON.stringify(outcome)}\n`)
    expect(outcome).toEqual({ failovers: ROUNDS, lostUnconfirmed: ROUNDS, lostConfirmed: 0 })
  },
)
