// The contract of token stores, on one Redis server.
import { contractOn, mediumOf, timeoutMs } from './media.ts'
import { Proxy } from '../../../tools/proxy.ts'
import { Server } from './servers.ts'

const standalone = await Server.start()

await contractOn('standalone', async () => {
  const proxy = await Proxy.before(standalone)
  const medium = mediumOf({ url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: 3_000 })
  return { ...medium, breakDown: () => proxy.close(), dispose: () => proxy.close() }
})
await contractOn('standalone, encrypted', async () => mediumOf({ url: standalone.url, timeoutMs }, true))
