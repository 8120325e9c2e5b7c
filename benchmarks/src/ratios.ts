// Ratios to the first of several contenders. They are measured in turn, in several rounds, and compared with the first
// one of the same round: a slower machine affects both.

/** By name, a function that measures one turn of a contender, in ns per call; the others are compared with the first. */
export type Contenders = Readonly<Record<string, () => Promise<number>>>

/** By name, ns per call. */
export type Times = Readonly<Record<string, number>>

/** Speed relative to the first contender: 1 is as fast, 0.5 takes twice as long. */
export interface Ratio {
  readonly median: number
  readonly min: number
  readonly max: number
  /** The median time of a call. */
  readonly ns: number
}

export type Ratios = Readonly<Record<string, Ratio>>

/** Returns the median of our store, which comes without encryption first. */
export const oursOf = (ratios: Ratios): number =>
  Object.entries(ratios).find(([name]) => name.endsWith('TokenStore'))![1].median

export async function ratiosOf(contenders: Contenders, rounds: number): Promise<Ratios> {
  const times: Times[] = []
  for (let round = 0; round < rounds; round++) times.push(await timesOf(contenders, 1, round))
  return ratiosBetween(times)
}

/**
 * Measures one round: the median of `turns` turns of each, one after another. Short turns are best, because a short
 * slowdown of the machine then affects all of them.
 */
export async function timesOf(contenders: Contenders, turns: number, from = 0): Promise<Times> {
  const names = Object.keys(contenders)
  const times = new Map(names.map(name => [name, [] as number[]]))
  for (let turn = from; turn < from + turns; turn++)
    for (const name of inTurn(names, turn)) times.get(name)!.push(await contenders[name]!())
  return Object.fromEntries([...times].map(([name, ns]) => [name, middle(sorted(ns))]))
}

/** Combines the times of all rounds. */
export function ratiosBetween(rounds: readonly Times[]): Ratios {
  const names = Object.keys(rounds[0] ?? {})
  const [first] = names
  if (first === undefined) throw new TypeError('contenders must not be empty')
  const ratio = (name: string): [string, Ratio] => {
    const ratios = sorted(rounds.map(times => times[first]! / times[name]!))
    const ns = middle(sorted(rounds.map(times => times[name]!)))
    return [name, { median: middle(ratios), min: ratios[0]!, max: ratios.at(-1)!, ns }]
  }
  return Object.fromEntries(names.map(ratio))
}

/** Orders the contenders so that each is first as often as last, and never always follows the same one. */
function inTurn<T>(list: readonly T[], turn: number): readonly T[] {
  const from = (turn >> 1) % list.length
  const rotated = [...list.slice(from), ...list.slice(0, from)]
  return turn % 2 === 0 ? rotated : rotated.reverse()
}

function middle(list: readonly number[]): number {
  return list[list.length >> 1]!
}

function sorted(list: readonly number[]): number[] {
  return list.toSorted((a, b) => a - b)
}
