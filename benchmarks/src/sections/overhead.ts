import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { ratioText, table, three } from '../markdown.ts'
import type { Round } from '../overhead/client.ts'
import { type Ratios, ratiosBetween, type Times } from '../ratios.ts'
import type { Section } from '../section.ts'

const CONCURRENCIES = [1, 50]
/** Without a network a turn takes so many times as many calls. */
const CALLS = 100

function start(program: string, ...args: readonly string[]): ChildProcess {
  return fork(new URL(`../overhead/${program}.ts`, import.meta.url), args)
}

async function message<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)))
  return (await Promise.race([once(child, 'message').then(([value]) => value as T), ended])) as T
}

interface Overhead {
  /** By how many requests at a time. */
  readonly wall: Readonly<Record<string, Ratios>>
  /** ns that a contender spends on a request itself, beyond what the first one does. */
  readonly own: Readonly<Record<string, number>>
}

/** Every round is a process of its own: how a process happens to compile and to lay out its heap is worth some percent. */
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
      ...Object.values(wall).map(ratios => ratioText(ratios[name]!)),
      `${three(ns / 1000)} µs: ${three(bareNs / (bareNs + Math.max(ns, 0)))}`,
    ])
    const columns = Object.keys(wall).map(concurrency => `${concurrency} at a time`)
    return `Requests a second to a server on the same machine that answers at once, relative to a fetch that is given the header
by hand: the worst case, for every real API is further away. Each round is a process of its own, in which all have short
turns. The second row is the first one once more: as far as it is from 1, such a ratio can be off. So the last column
says what a call takes itself, measured with a function that answers in the place of fetch, and what that makes of
the ${three(bareNs / 1000)} µs of a bare request.

${table(['', ...columns, 'its own work'], rows)}`
  },
}
