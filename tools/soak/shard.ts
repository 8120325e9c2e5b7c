// How much of the tests that take hours this process runs: `npm run soak -- --shard i/n` sets LATCHKEY_SOAK and
// LATCHKEY_SHARD. All shards together run everything.

/** A part of several. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number
  readonly count: number
}

/** Reads `i/n`. @throws {TypeError} when it is something else. */
export function shardOf(text: string): Shard {
  const [, index, count] = (/^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? []).map(Number)
  if (index === undefined || count === undefined || index > count)
    throw new TypeError(`--shard must be i/n with i from 1 to n, such as 2/12, not ${text}`)
  return { index, count }
}

const SHARD = shardOf(process.env['LATCHKEY_SHARD'] ?? '1/1')

export const SOAK = !!process.env['LATCHKEY_SOAK']

/** Returns every `count`-th of `items`, so that neighbours, which take similarly long, run in different shards. */
export const partOf = <T>(items: readonly T[], { index, count }: Shard = SHARD): T[] =>
  items.filter((_, at) => at % count === index - 1)

/** Returns this shard's part of a number of repetitions. */
export const shareOf = (total: number, { index, count }: Shard = SHARD): number =>
  Math.floor((total * index) / count) - Math.floor((total * (index - 1)) / count)

/**
 * Returns how often a test repeats: `often` in all shards of a soak together, else `seldom`. A shard never repeats less
 * than that, because tests expect to see what is rare in few repetitions.
 */
export const soaked = (often: number, seldom: number): number =>
  SOAK ? Math.max(seldom, shareOf(often)) : seldom

/** Returns a seed for random cases: another one in each shard. LATCHKEY_SEED, if set, is that of the first shard. */
export const seedOf = (random: number): number =>
  Number(process.env['LATCHKEY_SEED'] ?? random) + SHARD.index - 1

/** What a file imports that divides its own cases. */
export const DIVIDES_ITSELF = /from '[./]+\/tools\/soak\/shard\.ts'/

/** Returns the test files of this shard: those that divide their own cases, and a part of the others. */
export function filesOf(
  paths: readonly string[],
  read: (path: string) => string,
  shard: Shard = SHARD,
): string[] {
  const divided = paths.filter(path => DIVIDES_ITSELF.test(read(path)))
  return [...divided, ...partOf(paths.filter(path => !divided.includes(path)).sort(), shard)]
}
