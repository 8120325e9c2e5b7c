// Measures storms: all accounts of all processes expire at once.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '../redis-server.ts'
import type { Options } from '../section.ts'
import { startStormServer } from './server.ts'
import type { StormAnswer, StormSpec } from './worker.ts'

const STORES = ['redis', 'files'] as const
const PROCESSES = [1, 4] as const
/** Requests per second that the server works off. */
const SPEEDS = [undefined, 250] as const
const STORMS = 3

/** One storm. */
export interface Storm {
  readonly ms: number
  readonly requests: number
  readonly revoked: number
  readonly errors: number
  /** The most frequent error. */
  readonly error: string | undefined
  /** Of the process with the most memory. */
  readonly peakMb: number
}

export interface StormRow {
  readonly store: (typeof STORES)[number]
  readonly processes: number
  readonly perSecond: number | null
  readonly accounts: number
  readonly floor: readonly Storm[]
  readonly latchkey: readonly Storm[]
}

export async function measureStorms({ quick }: Options): Promise<StormRow[]> {
  const accounts = quick ? 500 : 5_000
  const rows: StormRow[] = []
  for (const store of STORES)
    for (const processes of PROCESSES)
      for (const perSecond of SPEEDS) {
        const place = { store, processes, perSecond, accounts }
        const row = {
          ...place,
          perSecond: perSecond ?? null,
          floor: await storms('floor', place),
          latchkey: await storms('latchkey', place),
        }
        rows.push(row)
        console.log(JSON.stringify(row))
      }
  return rows
}

interface Place {
  readonly store: StormRow['store']
  readonly processes: number
  readonly perSecond: number | undefined
  readonly accounts: number
}

async function storms(
  how: StormSpec['how'],
  { store, processes, perSecond, accounts }: Place,
): Promise<Storm[]> {
  await using cleanup = new AsyncDisposableStack()
  const server = await startStormServer(perSecond)
  cleanup.defer(() => server.close())
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-storm-'))
  cleanup.defer(() => rm(directory, { recursive: true, force: true }))
  const place: StormSpec['store'] =
    store === 'files' ? { kind: store, directory } : { kind: store, url: await startRedis(cleanup) }
  const start = async (index: number) => {
    const spec: StormSpec = { how, store: place, url: server.url, accounts, index, processes }
    const child = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(spec)], {
      // The built packages, as users run them: the source would cost memory for its compiler.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    cleanup.defer(() => void child.kill())
    await once(child, 'message')
    return child
  }
  const ask = async (worker: ChildProcess, question: 'sow' | 'storm'): Promise<StormAnswer> => {
    worker.send(question)
    return ((await once(worker, 'message')) as [StormAnswer])[0]
  }
  const sower = await start(0)
  await ask(sower, 'sow')
  sower.kill()
  const workers = await Promise.all(Array.from({ length: processes }, (_, index) => start(index)))
  const results: Storm[] = []
  for (let n = 0; n < STORMS; n++) {
    server.counts()
    const begin = performance.now()
    const answers = await Promise.all(workers.map(worker => ask(worker, 'storm')))
    const ms = Math.round(performance.now() - begin)
    const errors = answers.flatMap(answer => answer.errors)
    const peakMb = Math.max(...answers.map(answer => answer.peakMb))
    results.push({ ms, ...server.counts(), errors: errors.length, error: errors[0], peakMb })
  }
  return results
}
