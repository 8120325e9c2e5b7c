// cluster-contends DIRECTORY LOG TIMES WORKERS: `contends` in the workers of one cluster.
import cluster from 'node:cluster'

if (cluster.isPrimary) for (let n = 0; n < Number(process.argv[5]); n++) cluster.fork()
else {
  await import('./contends.ts')
  process.disconnect()
}
