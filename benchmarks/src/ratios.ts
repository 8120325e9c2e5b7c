// One table of ratios to the first of some contenders. They are measured in turn, several times round, and the
// medians of the rounds count: what slows the machine for a while slows them all.
import { cpus } from 'node:os'

const ROUNDS = 9

/** By name, what measures one round of a contender and resolves to ns a call; the first is what others are held to. */
export type Contenders = Readonly<Record<string, () => Promise<number>>>

export async function printRatios(title: string, contenders: Contenders): Promise<void> {
  const measured = Object.entries(contenders).map(([name, round]) => ({ name, round, ns: [] as number[] }))
  for (let round = 0; round < ROUNDS; round++) for (const one of measured) one.ns.push(await one.round())
  const [first] = measured
  if (!first) throw new TypeError('contenders must not be empty')

  console.log(`\n${title}: speed relative to ${first.name} (1 = as fast)`)
  console.log(`Node ${process.version}, ${cpus()[0]?.model}, ${ROUNDS} rounds in turn\n`)
  const rows = measured.map(({ name, ns }) => {
    const ratios = sorted(ns.map((one, round) => first.ns[round]! / one))
    const [min, median, max] = [0, ROUNDS >> 1, ROUNDS - 1].map(at => Number(ratios[at]!.toPrecision(3)))
    return [name, { median, min, max, 'ns a call': Math.round(sorted(ns)[ROUNDS >> 1]!) }]
  })
  console.table(Object.fromEntries(rows))
}

function sorted(list: readonly number[]): number[] {
  return [...list].sort((a, b) => a - b)
}
