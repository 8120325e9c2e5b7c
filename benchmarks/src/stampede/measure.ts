// Measures stampedes against a server in this process: the number of refreshes, how many callers got an error, and
// whether the user is signed out at the end.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { type Cannot, HOUR_MS, isCannot } from '../contender.ts'
import { type ContenderName, load, NAMES } from '../contenders.ts'
import { startRedis } from '../redis-server.ts'
import { askFor, serverOf, signIn, STRICT } from '../server.ts'
import type { Answer } from './answers.ts'
import type { PlacesSpec } from './places.ts'
import { type Scenario, SCENARIOS } from './scenarios.ts'
import { startTabs, TABS_CANNOT } from './tabs.ts'
import { startWorker, type Worker } from './workers.ts'

const LATENCY_MS = 50

export interface Outcome {
  /** One per expiry is enough. */
  readonly refreshes: number
  readonly expiries: number
  /** How many of the `callers` got an error. */
  readonly failures: number
  readonly callers: number
  /** Their messages, the most frequent first. */
  readonly words: readonly string[]
  /** The server rejects the last refresh token. */
  readonly signedOut: boolean
  readonly ms: number
}

export type Stampedes = Readonly<Record<string, Readonly<Record<string, Outcome | Cannot>>>>

export async function measureStampedes(): Promise<Stampedes> {
  const results: Record<string, Record<string, Outcome | Cannot>> = {}
  for (const [id, scenario] of Object.entries(SCENARIOS)) {
    const row: Record<string, Outcome | Cannot> = (results[id] = {})
    for (const name of NAMES) {
      const { keep } = await load(name)
      const cannot = isCannot(keep) ? keep : scenario.where === 'tabs' ? TABS_CANNOT[name] : undefined
      row[name] = cannot ?? (await stampede(name, scenario))
      console.log(scenario.title, name, JSON.stringify(row[name]))
    }
  }
  return results
}

/** One contender in one scenario. */
export async function stampede(name: ContenderName, scenario: Scenario): Promise<Outcome> {
  await using cleanup = new AsyncDisposableStack()
  const emulator = cleanup.use(await startEmulator(STRICT))
  if (scenario.hasGrace) emulator.set({ rotation: 'grace-all' })
  const workers = await startWorkers(name, scenario, emulator, cleanup)
  for (const worker of workers) await worker.ask(1) // they have been running for a while
  const delay = { kind: 'delay', ms: LATENCY_MS, grant_type: 'refresh_token', times: 'always' } as const
  emulator.faults.add(delay)
  if (scenario.fault) emulator.faults.add(scenario.fault)

  const begin = performance.now()
  const answers: Answer[] = []
  for (let n = 0; n < scenario.expiries; n++) {
    emulator.clock.advance(HOUR_MS)
    await Promise.all(workers.map(worker => worker.advance(HOUR_MS)))
    answers.push(...(await (scenario.kills ? killFirst : askAll)(workers, scenario, emulator)))
    if (scenario.againAfterMs === undefined) continue
    await sleep(scenario.againAfterMs)
    answers.push(...(await askAll(workers, scenario)))
  }
  const ms = Math.round(performance.now() - begin)
  const refreshes = emulator.ledger.filter(entry => entry.grant_type === 'refresh_token').length

  emulator.faults.clear()
  const refresh_token = await workers[0]!.refreshToken()
  const probe = await askFor(serverOf(emulator), { grant_type: 'refresh_token', refresh_token })
  const words = answers.flatMap(answer => answer.failures)
  return {
    refreshes,
    expiries: scenario.expiries,
    failures: words.length,
    callers: words.length + answers.flatMap(answer => answer.tokens).length,
    words: mostFrequent(words),
    signedOut: !probe.ok,
    ms,
  }
}

function askAll(workers: readonly Worker[], { callers }: Scenario): Promise<Answer[]> {
  return Promise.all(workers.map(worker => worker.ask(callers)))
}

/** Kills the first worker while the server has its request; returns the answers of the others. */
async function killFirst(workers: Worker[], scenario: Scenario, emulator: Emulator): Promise<Answer[]> {
  const first = workers.shift()!
  const held = first.ask(1).catch(() => {})
  await emulator.clock.sleeping()
  await first.kill()
  await held
  return askAll(workers, scenario)
}

async function startWorkers(
  contender: ContenderName,
  { where, processes }: Scenario,
  emulator: Emulator,
  cleanup: AsyncDisposableStack,
): Promise<Worker[]> {
  const server = serverOf(emulator)
  const sow = await signIn(emulator)
  if (where === 'tabs') return startTabs({ contender, server, sow }, processes, cleanup)
  const spec = { contender, server, places: await placesFor(where, cleanup) }
  const start = async (sowing: object = {}): Promise<Worker> => {
    const worker = await startWorker({ ...spec, ...sowing })
    cleanup.defer(() => void worker.kill())
    return worker
  }
  const first = await start({ sow })
  return [first, ...(await Promise.all(Array.from({ length: processes - 1 }, () => start())))]
}

async function placesFor(
  kind: Exclude<Scenario['where'], 'tabs'>,
  cleanup: AsyncDisposableStack,
): Promise<PlacesSpec> {
  if (kind === 'memory') return { kind }
  if (kind === 'redis') return { kind, url: await startRedis(cleanup) }
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  cleanup.defer(() => rm(directory, { recursive: true, force: true }))
  return { kind, directory }
}

function mostFrequent(words: readonly string[]): string[] {
  const counts = Map.groupBy(words, word => word)
  return [...counts]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, 3)
    .map(([word, { length }]) => `${length} x ${word}`)
}
