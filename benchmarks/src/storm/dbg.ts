import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Client, defineProvider } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { startStormServer } from './server.ts'
import { startRedis } from '../redis-server.ts'
const stack = new AsyncDisposableStack()
const url = await startRedis(stack)
const server = await startStormServer(undefined)
const inner = new RedisTokenStore({ url })
let running = 0, peak = 0, slow = 0
const track = async (p: Promise<any>) => { running++; peak = Math.max(peak, running); const b = performance.now(); try { return await p } finally { running--; if (performance.now() - b > 500) slow++ } }
const store: any = { atomicity: 'cluster', read: (k: string) => track(inner.read(k)), compareAndSwap: (...a: any[]) => track((inner as any).compareAndSwap(...a)), remove: (k: string) => inner.remove(k), watch: (k: string, l: any) => inner.watch(k, l) }
let ahead = 0
const { systemClock } = await import('@latchkey/core/ports')
const clock = { ...systemClock, nowMs: () => Date.now() + ahead, monotonicMs: () => performance.now() + ahead }
const provider = defineProvider({ name: 'storm', authorizationEndpoint: `${server.url}/a`, tokenEndpoint: `${server.url}/token`, pkce: 'none' })
const client = new Client({ client_id: 'id', provider, store, clock, transport: fetchTransport(), logger: { warn() {} } })
const N = Number(process.argv[2])
const accounts = Array.from({ length: N }, (_, i) => client.account(`a${i}`))
for (let at = 0; at < N; at += 32) await Promise.all(accounts.slice(at, at + 32).map((a, i) => a.import({ access_token: 'x', refresh_token: `a${at + i}.0`, expires_in: 3600 })))
console.log('sown', peak); peak = slow = 0
ahead += 3_600_000
const h = monitorEventLoopDelay(); h.enable()
const b = performance.now()
const ends = await Promise.allSettled(accounts.map(a => a.accessToken()))
console.log(Math.round(performance.now() - b), ends.filter(e => e.status === 'rejected').length, 'peak', peak, 'slow', slow, 'maxdelay', Math.round(h.max / 1e6), server.counts())
process.exit()
