// Watching does not keep a process alive. The processes are real.
import { expect, test } from '@jest/globals'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { bundled } from '../../../tools/bundled.ts'
import { RedisTokenStore, type RedisTokenStoreOptions } from '../src/index.ts'
import { Server } from './servers.ts'
import { ClusterOfSix, Replicated } from './topologies.ts'

const PROGRAM = bundled(new URL('watching.ts', import.meta.url))
/** As many as core watches at most. */
const ACCOUNTS = 256

async function endsByItself(target: RedisTokenStoreOptions, url?: string): Promise<void> {
  const child = fork(PROGRAM, [JSON.stringify({ target, url, accounts: ACCOUNTS })])
  const exit = once(child, 'exit')
  const timer = setTimeout(() => child.kill(), 20_000)
  await Promise.race([once(child, 'message'), exit])
  const store = new RedisTokenStore(target)
  for (let n = 0; n < ACCOUNTS; n += 1)
    await store.remove(`account ${n}`).then(() => store.compareAndSwap(`account ${n}`, undefined, n))
  await store.close()
  expect(await exit).toEqual([0, null])
  clearTimeout(timer)
}

test('a process that only watches 256 accounts ends, and they need one connection', async () => {
  const server = await Server.start()
  const store = new RedisTokenStore({ url: server.url })
  const notified = Promise.all(
    Array.from(
      { length: ACCOUNTS },
      (_, n) => new Promise<void>(resolve => store.watch(`account ${n}`, resolve)),
    ),
  )
  await notified
  const { connected_clients } = await server.info('clients')
  expect(connected_clients).toBe('2') // with the one that counts
  await store.close()
  await endsByItself({ url: server.url })
})

test('also over a client of the caller that was closed', async () => {
  const { url } = await Server.start()
  await endsByItself({ url }, url)
})

test('also under Sentinel', async () => {
  const { options } = await Replicated.start()
  await endsByItself({ sentinel: options })
})

test('also in a Cluster', async () => {
  const { options } = await ClusterOfSix.start()
  await endsByItself({ cluster: options })
})
