import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { marked, ratioText, table, three } from '../markdown.ts'
import type { Round } from '../overhead/client.ts'
import { type Ratios, ratiosBetween, type Times } from '../ratios.ts'
import type { Section } from '../section.ts'

const CONCURRENCIES = [1, 50]
/** Without a network, a turn has this many times as many calls. */
const CALLS = 100

function start(program: string, ...args: readonly string[]): ChildProcess {
  return fork(new URL(`../overhead/${program}.ts`, import.meta.url), args)
}

async function message<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)))
  return (await Promise.race([once(child, 'message').then(([value]) => value as T), ended])) as T
}

/** The contender whose cells the others are compared with. */
const OURS = 'latchkey, authorizedFetch'

interface Overhead {
  /** By the number of concurrent requests. */
  readonly wall: Readonly<Record<string, Ratios>>
  /** ns of a contender's own work for a request, beyond that of the first one. */
  readonly own: Readonly<Record<string, number>>
}

/** Runs each round in a new process, because compilation and heap layout of one process change results by some percent. */
async function measureOverhead(
  rounds: number,
  { requests, turns }: Pick<Round, 'requests' | 'turns'>,
): Promise<Overhead> {
  const server = start('server')
  try {
    const origin = await message<string>(server)
    const timesOf = (round: Round): Promise<Times> => message(start('client', JSON.stringify(round)))
    const ratios = async (concurrency: number, requests: number): Promise<Ratios> => {
      const times: Times[] = []
      for (let round = 0; round < rounds; round++)
        times.push(await timesOf({ origin, concurrency, requests, turns }))
      return ratiosBetween(times)
    }
    const wall: Record<string, Ratios> = {}
    for (const concurrency of CONCURRENCIES) wall[concurrency] = await ratios(concurrency, requests)
    const alone = await ratios(0, requests * CALLS)
    const [first] = Object.values(alone)
    const own = Object.entries(alone).map(([name, { ns }]) => [name, ns - first!.ns])
    return { wall, own: Object.fromEntries(own) as Overhead['own'] }
  } finally {
    server.kill()
  }
}

export const overhead: Section<Overhead> = {
  title: 'Overhead of an authorized fetch',
  measure: ({ quick }) =>
    quick
      ? measureOverhead(3, { requests: 100, turns: 4 })
      : measureOverhead(9, { requests: 200, turns: 24 }),
  render({ wall, own }) {
    const bareNs = Math.min(...Object.values(wall).map(ratios => Object.values(ratios)[0]!.ns))
    const rows = Object.entries(own).map(([name, ns]) => [
      name,
      ...Object.values(wall).map(ratios =>
        marked(ratioText(ratios[name]!), ratios[name]!.median > ratios[OURS]!.median),
      ),
      marked(`${three(ns / 1000)} µs: ${three(bareNs / (bareNs + Math.max(ns, 0)))}`, ns < own[OURS]!),
    ])
    const columns = Object.keys(wall).map(concurrency => `${concurrency} at a time`)
    return `Requests per second to a server on the same machine that responds at once, relative to a fetch with the header added by
hand. This is the worst case, because every real API is further away. Each round is a new process, in which all contenders have
short turns. The second row repeats the first one: its distance from 1 is the error of such a ratio. The last column
therefore shows the library's own time per call, measured with a function in place of fetch, and the ratio that results for
the ${three(bareNs / 1000)} µs of a bare request.

${table(['', ...columns, 'its own work'], rows)}`
  },
}
