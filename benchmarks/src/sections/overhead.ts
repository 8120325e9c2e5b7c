import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { ratioText, table } from '../markdown.ts'
import type { Round } from '../overhead/client.ts'
import { type Ratios, ratiosBetween, type Times } from '../ratios.ts'
import type { Section } from '../section.ts'

const CONCURRENCIES = [1, 50]

function start(program: string, ...args: readonly string[]): ChildProcess {
  return fork(new URL(`../overhead/${program}.ts`, import.meta.url), args)
}

async function message<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)))
  return (await Promise.race([once(child, 'message').then(([value]) => value as T), ended])) as T
}

/** Every round is a process of its own: how a process happens to compile and to lay out its heap is worth some percent. */
async function measureOverhead(
  rounds: number,
  counts: Pick<Round, 'requests' | 'turns'>,
): Promise<Readonly<Record<string, Ratios>>> {
  const server = start('server')
  try {
    const origin = await message<string>(server)
    const measured: Record<string, Ratios> = {}
    for (const concurrency of CONCURRENCIES) {
      const times: Times[] = []
      for (let round = 0; round < rounds; round++)
        times.push(await message(start('client', JSON.stringify({ origin, concurrency, ...counts }))))
      measured[`${concurrency} at a time`] = ratiosBetween(times)
    }
    return measured
  } finally {
    server.kill()
  }
}

export const overhead: Section<Readonly<Record<string, Ratios>>> = {
  title: 'Overhead of an authorized fetch',
  measure: ({ quick }) =>
    quick
      ? measureOverhead(3, { requests: 100, turns: 4 })
      : measureOverhead(15, { requests: 200, turns: 24 }),
  render(measured) {
    const [first] = Object.values(measured)
    const rows = Object.keys(first!).map(name => [
      name,
      ...Object.values(measured).map(ratios => ratioText(ratios[name]!)),
    ])
    return `Requests a second to a server on the same machine that answers at once, relative to a fetch that is given the header
by hand: the worst case, for every real API is further away. Each round is a process of its own, in which all
have short turns; the second row is the first one once more, and shows what such a ratio is worth.

${table(['', ...Object.keys(measured)], rows)}`
  },
}
