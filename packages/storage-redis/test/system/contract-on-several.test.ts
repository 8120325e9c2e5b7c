// The contract of token stores, on Sentinel and Cluster.
import { contractOn, mediumOf, timeoutMs } from '../media.ts'
import { ClusterOfSix, Replicated } from '../topologies.ts'

const replicated = await Replicated.start()
const cluster = await ClusterOfSix.start()
const confirm = { replicas: 1 }

await contractOn('under Sentinel', async () => mediumOf({ sentinel: replicated.options, confirm, timeoutMs }))
await contractOn('in a Cluster', async () => mediumOf({ cluster: cluster.options, confirm, timeoutMs }))
