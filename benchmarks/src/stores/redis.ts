import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import KeyvRedis from '@keyv/redis'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { createClient } from '@redis/client'
import Keyv from 'keyv'
import { sealed } from '../../../tools/sealed.ts'
import { printRatios } from '../ratios.ts'
import { callsOf, KEY, timed, VALUE } from './calls.ts'

export async function compareRedis(): Promise<void> {
  await using cleanup = new AsyncDisposableStack()
  const url = await startRedis(cleanup)

  const client = createClient({ url })
  await client.connect()
  cleanup.defer(() => client.close())
  const keyv = new Keyv({ store: new KeyvRedis(url, { throwOnErrors: true }), throwOnErrors: true })
  cleanup.defer(() => keyv.disconnect())
  const store = new RedisTokenStore({ url })
  cleanup.defer(() => store.close())

  const set = async (): Promise<unknown> => client.set(KEY, JSON.stringify(VALUE))
  const setKeyv = (): Promise<unknown> => keyv.set(KEY, VALUE)
  await Promise.all([set(), setKeyv()])
  const ours = await callsOf(store)
  const another = new RedisTokenStore({ url, namespace: 'sealed' })
  cleanup.defer(() => another.close())
  const encrypted = await callsOf(sealed(another, true))

  await printRatios('Redis, read', {
    '@redis/client GET, JSON.parse': timed(async () => JSON.parse((await client.get(KEY))!)),
    'keyv over @keyv/redis': timed(() => keyv.get(KEY)),
    RedisTokenStore: timed(ours.read),
    'the same, encrypted': timed(encrypted.read),
  })
  await printRatios('Redis, swap', {
    '@redis/client SET': timed(set),
    'keyv over @keyv/redis': timed(setKeyv),
    RedisTokenStore: timed(ours.swap),
    'the same, encrypted': timed(encrypted.swap),
  })
}

/** A server in memory on a free port of loopback, for as long as `cleanup` is not disposed of. */
async function startRedis(cleanup: AsyncDisposableStack): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')

  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(server, 'spawn') // rejects where there is no such program
  cleanup.defer(async () => {
    const ended = server.exitCode === null && once(server, 'exit')
    server.kill()
    await ended
  })
  for await (const line of createInterface(server.stdout))
    if (line.includes('Ready to accept connections')) return `redis://127.0.0.1:${port}`
  throw new Error('redis-server ended before it was ready')
}
