// The names in an account's folder.
//
//   <seq>.json            a generation; the highest is the newest
//   <seq>.<random>.tmp    a file that a writer prepares as generation <seq>
//   <random>.spare        disk space for the next one
import { randomBytes, randomInt } from 'node:crypto'

const GENERATION = /^(\d{1,16})\.json$/
const PREPARED = /^(\d{1,16})\.[0-9a-f]{16}\.tmp$/
const SPARE = /^[0-9a-f]{16}\.spare$/

/** The files in an account's folder. */
export interface Listing {
  /** The numbers of the generations, the newest last. */
  readonly seqs: readonly number[]
  readonly prepared: readonly { readonly name: string; readonly seq: number }[]
  readonly spares: readonly string[]
  /** Every name that is not a generation. */
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

/** Returns a unique, unguessable name. */
export const randomName = (): string => randomBytes(8).toString('hex')

/**
 * Returns the number of an account's first generation. It is random: a process that paused while the account was
 * removed and created again finds none of the names it knew.
 */
export const firstSeq = (): number => randomInt(1e11, 2e11)
