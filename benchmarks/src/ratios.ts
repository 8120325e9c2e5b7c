// Ratios to the first of some contenders. They are measured in turn, several times round, and each is held to the
// first one of its own round: what slows the machine for a while slows both.

/** By name, what measures one round of a contender and resolves to ns a call; the first is what others are held to. */
export type Contenders = Readonly<Record<string, () => Promise<number>>>

/** Speed relative to the first contender: 1 is as fast, 0.5 takes twice as long. */
export interface Ratio {
  readonly median: number
  readonly min: number
  readonly max: number
  /** The median time of a call. */
  readonly ns: number
}

export type Ratios = Readonly<Record<string, Ratio>>

export async function ratiosOf(contenders: Contenders, rounds: number): Promise<Ratios> {
  const measured = Object.entries(contenders).map(([name, round]) => ({ name, round, ns: [] as number[] }))
  const [first] = measured
  if (!first) throw new TypeError('contenders must not be empty')
  // Every other round goes backwards, so that nobody always comes after the same one.
  for (let round = 0; round < rounds; round++)
    for (const one of round % 2 === 0 ? measured : measured.toReversed()) one.ns.push(await one.round())
  const ratio = ({ name, ns }: (typeof measured)[number]): [string, Ratio] => {
    const ratios = sorted(ns.map((one, round) => first.ns[round]! / one))
    return [name, { median: middle(ratios), min: ratios[0]!, max: ratios.at(-1)!, ns: middle(sorted(ns)) }]
  }
  return Object.fromEntries(measured.map(ratio))
}

function middle(list: readonly number[]): number {
  return list[list.length >> 1]!
}

function sorted(list: readonly number[]): number[] {
  return list.toSorted((a, b) => a - b)
}
