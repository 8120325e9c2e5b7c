// The names in an account's folder.
//
//   <seq>.json            a generation; the highest is the newest
//   <seq>.<random>.tmp    a file that somebody prepares to become generation <seq>
//   <random>.spare        room on the disk for the next one
import { randomBytes, randomInt } from 'node:crypto'

const GENERATION = /^(\d{1,16})\.json$/
const PREPARED = /^(\d{1,16})\.[0-9a-f]{16}\.tmp$/
const SPARE = /^[0-9a-f]{16}\.spare$/

/** What is in an account's folder. */
export interface Listing {
  /** The generations, the newest last. */
  readonly seqs: readonly number[]
  readonly prepared: readonly { readonly name: string; readonly seq: number }[]
  readonly spares: readonly string[]
  /** Everything that is no generation. */
  readonly others: readonly string[]
}

export function listingOf(names: readonly string[]): Listing {
  const seqOf = (pattern: RegExp, name: string): number | undefined => {
    const seq = Number(pattern.exec(name)?.[1] ?? NaN)
    return Number.isSafeInteger(seq) ? seq : undefined
  }
  const seqs = names.flatMap(name => seqOf(GENERATION, name) ?? [])
  return {
    seqs: seqs.sort((a, b) => a - b),
    prepared: names.flatMap(name => {
      const seq = seqOf(PREPARED, name)
      return seq === undefined ? [] : [{ name, seq }]
    }),
    spares: names.filter(name => SPARE.test(name)),
    others: names.filter(name => !GENERATION.test(name)),
  }
}

export const generationName = (seq: number): string => `${seq}.json`
export const preparedName = (seq: number): string => `${seq}.${randomName()}.tmp`
export const spareName = (): string => `${randomName()}.spare`

/** A name that nobody has and nobody can guess. */
export const randomName = (): string => randomBytes(8).toString('hex')

/**
 * Where an account begins to count: at random, so that whoever slept while it was removed and made anew finds
 * none of the names that he knows.
 */
export const firstSeq = (): number => randomInt(1e11, 2e11)
