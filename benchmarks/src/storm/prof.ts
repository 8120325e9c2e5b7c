import { startStormServer } from './server.ts'
import { startRedis } from '../redis-server.ts'
import { spawn } from 'node:child_process'
const stack = new AsyncDisposableStack()
const url = await startRedis(stack)
const server = await startStormServer(undefined)
const n = Number(process.argv[2])
const spec = { how: process.argv[3] ?? 'latchkey', store: { kind: 'redis', url }, url: server.url, accounts: n, index: 0, processes: 1 }
const child = spawn(process.execPath, [...(process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/lk/prof'] : []), '--expose-gc', ...(process.env.TRACE ? ['--trace-gc'] : []), '--disable-warning=ExperimentalWarning', '/work/main/benchmarks/src/storm/worker.ts', JSON.stringify(spec)], { stdio: ['ignore','inherit','inherit','ipc'] })
const answers = (): Promise<any> => new Promise(r => child.once('message', r))
await answers()
child.send('sow'); await answers()
for (let i=0;i<2;i++) { const b = performance.now(); child.send('storm'); const a: any = await answers(); console.log(Math.round(performance.now()-b), a.errors.length, a.errors[0], a.peakMb, server.counts()) }
child.disconnect()
setTimeout(() => { child.kill('SIGTERM'); process.exit() }, 5000)
