// Many accounts that expire at once, in processes with few file descriptors, against a server that works off requests in
// order and revokes a family when a refresh token is used twice.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from '@jest/globals'
import { startStormServer } from '../benchmarks/src/storm/server.ts'
import type { StormAnswer, StormSpec } from '../benchmarks/src/storm/worker.ts'
import { temporaryFolder } from '../packages/storage-fs/test/support.ts'
import { Server } from '../packages/storage-redis/test/servers.ts'
import { bundled } from '../tools/bundled.ts'

/** A shell that limits the file descriptors of the program that it becomes. */
const LIMITED = ['-c', 'ulimit -n "$0" && exec "$@"']

const STORES: Readonly<Record<StormSpec['store']['kind'], () => Promise<StormSpec['store']>>> = {
  files: async () => ({ kind: 'files', directory: temporaryFolder() }),
  redis: async () => ({ kind: 'redis', url: (await Server.start()).url }),
}

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** The size of a storm. */
interface Size {
  readonly accounts: number
  readonly processes: number
  readonly descriptors: number
  /** How many requests the server works off in a second. */
  readonly perSecond: number
}

/** Lets all accounts expire in all processes at once. Returns what the server counted, and the errors of the callers. */
async function storm(
  kind: StormSpec['store']['kind'],
  { accounts, processes, descriptors, perSecond }: Size,
) {
  const server = await startStormServer(perSecond)
  ends.push(() => server.close())
  const store = await STORES[kind]()
  const program = bundled(new URL('../benchmarks/src/storm/worker.ts', import.meta.url))
  const start = async (index: number): Promise<ChildProcess> => {
    const spec: StormSpec = { how: 'latchkey', store, url: server.url, accounts, index, processes }
    const args = [...LIMITED, String(descriptors), process.execPath, program, JSON.stringify(spec)]
    const child = spawn('sh', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    ends.push(() => child.kill('SIGKILL'))
    await once(child, 'message')
    return child
  }
  const ask = async (worker: ChildProcess, question: 'sow' | 'storm'): Promise<readonly string[]> => {
    worker.send(question)
    return ((await once(worker, 'message')) as [StormAnswer])[0].errors
  }
  const workers = await Promise.all(Array.from({ length: processes }, (_, index) => start(index)))
  await ask(workers[0]!, 'sow')
  const errors = (await Promise.all(workers.map(worker => ask(worker, 'storm')))).flat()
  return { ...server.counts(), errors: errors.length, firstError: errors[0] }
}

/** What a storm shows in which nothing goes wrong. */
const calm = (requests: number) => ({ requests, revoked: 0, errors: 0, firstError: undefined })

test.each(['files', 'redis'] as const)(
  '300 accounts expire in two processes with 256 file descriptors over %s: 300 requests, no error, nobody is signed out',
  async kind => {
    const size = { accounts: 300, processes: 2, descriptors: 256, perSecond: 300 }
    expect(await storm(kind, size)).toEqual(calm(300))
  },
)

test('1,000 accounts expire in one process, and the server takes longer for all than the deadline of a request: 1,000 requests, nobody is signed out', async () => {
  const size = { accounts: 1_000, processes: 1, descriptors: 1_024, perSecond: 80 }
  expect(await storm('redis', size)).toEqual(calm(1_000))
})
