// Four processes on one port: a sign-in that one starts may be completed by another, and one refreshes for all.
import cluster from 'node:cluster'

if (cluster.isPrimary) for (let n = 0; n < 4; n++) cluster.fork()
else await import('./express.ts')
