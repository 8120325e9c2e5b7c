// Checks the README: its program runs, and its permissions are sufficient.
import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { RedisTokenStore, type Target } from '../src/index.ts'
import { atEnd, Server, until } from './servers.ts'
import { ClusterOfSix } from './topologies.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text]) => text!)

/** Calls every method of a store. */
async function exercise(target: Target): Promise<void> {
  const store = new RedisTokenStore({ ...target, confirm: { replicas: 1, timeoutMs: 50 } })
  atEnd(() => store.close())
  let told = 0
  const unwatch = store.watch('a', () => (told += 1))
  await until('the subscription', async () => told > 0)
  for (let n = 0; n < 20; n += 1)
    expect(await store.compareAndSwap(`account ${n}`, undefined, n)).toMatchObject({ swapped: true })
  await store.compareAndSwap('a', undefined, 1, { expiresAtMs: Date.now() + 60_000 })
  await until('the hint', async () => told > 1)
  await store.confirm!('a')
  const found = []
  for await (const key of store.keys()) found.push(key)
  expect(found).toHaveLength(21)
  unwatch()
  await store.remove('a')
  expect(await store.read('a')).toBeUndefined()
  await store.close()
}

const [permissions, inACluster] = blocks('acl').map(line => line.trim().split(' ').slice(2)) as [
  string[],
  string[],
]
const denials = (server: Server) => server.command('ACL', 'LOG')

test('the program runs unchanged, and ends by itself', async () => {
  const server = await Server.start()
  const [program] = blocks('ts')
  const args = ['--conditions=@latchkey/source', '--input-type=module', '--eval', program!]
  const env = { ...process.env, REDIS_URL: server.url }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PACKAGE, env, timeout: 20_000 })
  expect(stdout).toBe('imgur/43652b743b5a7a0/ada\n')
})

test('the permissions are sufficient for a standalone server, and do not include other keys', async () => {
  const server = await Server.start()
  await server.command('ACL', 'SETUSER', 'latchkey', ...permissions)
  await exercise({ url: `redis://latchkey:PASSWORD@127.0.0.1:${server.port}` })
  expect(await denials(server)).toEqual([])
  const elsewhere = new RedisTokenStore({
    url: `redis://latchkey:PASSWORD@127.0.0.1:${server.port}`,
    namespace: 'elsewhere',
  })
  atEnd(() => elsewhere.close())
  await expect(elsewhere.read('a')).rejects.toMatchObject({ cause: { code: 'NOPERM' } })
})

test('the permissions are sufficient in a Cluster, also while slots move', async () => {
  const cluster = await ClusterOfSix.start()
  for (const node of cluster.nodes)
    await node.command('ACL', 'SETUSER', 'latchkey', ...permissions, ...inACluster)
  const defaults = { username: 'latchkey', password: 'PASSWORD' }
  const target = { cluster: { ...cluster.options, defaults } }
  await exercise(target)

  const store = new RedisTokenStore(target)
  atEnd(() => store.close())
  const keys = Array.from({ length: 50 }, (_, n) => `{moving} ${n}`)
  await Promise.all(keys.map(key => store.compareAndSwap(key, undefined, 1)))
  let moving = true
  const work = (async () => {
    while (moving) await Promise.all(keys.map(key => store.read(key)))
  })()
  await cluster.moveSlotOf('latchkey::{moving}')
  moving = false
  await work
  for (const node of cluster.nodes) expect(await denials(node)).toEqual([])
})
