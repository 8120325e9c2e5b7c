// The contract of every token store, on the three kinds of Redis.
import { describe, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Medium, tokenStoreContract } from '@latchkey/test-kit'
import { RedisTokenStore, type RedisTokenStoreOptions } from '../src/index.ts'
import { bundled } from '../../../tools/bundled.ts'
import { Proxy } from './proxy.ts'
import { sealed } from '../../../tools/sealed.ts'
import { Server } from './servers.ts'
import { ClusterOfSix, Replicated } from './topologies.ts'

const PROGRAM = bundled(new URL('increments.ts', import.meta.url))
let media = 0

/** A medium is a namespace. */
function mediumOf(target: RedisTokenStoreOptions, isEncrypted = false): Medium {
  const options = { ...target, namespace: `medium ${(media += 1)}` }
  return {
    open: () => sealed(new RedisTokenStore(options), isEncrypted),
    async elsewhere(key, times) {
      const args = [PROGRAM, JSON.stringify({ options, key, times, isEncrypted })]
      const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')
      if (code !== 0) throw new Error(`the other process ended with ${code}`)
    },
    patienceMs: 20_000,
  }
}

const standalone = await Server.start()
const replicated = await Replicated.start()
const cluster = await ClusterOfSix.start()
const confirm = { replicas: 1 }
/** Machines may be busy. */
const timeoutMs = 15_000

const KINDS: Readonly<Record<string, () => Promise<Medium>>> = {
  async standalone() {
    const proxy = await Proxy.before(standalone)
    const medium = mediumOf({ url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: 3_000 })
    return { ...medium, breakDown: () => proxy.close(), dispose: () => proxy.close() }
  },
  'standalone, encrypted': async () => mediumOf({ url: standalone.url, timeoutMs }, true),
  'under Sentinel': async () => mediumOf({ sentinel: replicated.options, confirm, timeoutMs }),
  'in a Cluster': async () => mediumOf({ cluster: cluster.options, confirm, timeoutMs }),
}

for (const [kind, medium] of Object.entries(KINDS)) {
  const contract = await tokenStoreContract(medium)
  describe(kind, () => {
    for (const { name, skip, run } of contract)
      if (skip) test.skip(`${name} (skipped: ${skip})`, run)
      else test(name, run, 30_000)
  })
}
