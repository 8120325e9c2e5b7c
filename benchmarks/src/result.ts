// Results are stored as JSON, one file per section, so that readers can compare them and the page can be rebuilt.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../results')

export interface Result {
  readonly takenAt: string
  readonly isQuick: boolean
  readonly seconds: number
  /** A note for the reader, if the run was not a plain `npm run bench`. */
  readonly note?: string
  readonly machine: {
    readonly node: string
    readonly system: string
    readonly processor: string
    readonly memoryGb: number
    /** How many processes were ready to run, in the minute before the start and before the end. */
    readonly load: readonly number[]
  }
  readonly data: unknown
}

const pathOf = (name: string): string => join(FOLDER, `${name}.json`)

/** Measures, and stores the result. */
export async function take(
  name: string,
  measure: (options: { quick: boolean }) => Promise<unknown>,
  quick: boolean,
): Promise<void> {
  const begin = performance.now()
  const before = loadavg()[0]!
  const data = await measure({ quick })
  const round = (number: number): number => Math.round(number * 10) / 10
  const result: Result = {
    takenAt: new Date().toISOString(),
    isQuick: quick,
    seconds: Math.round((performance.now() - begin) / 1000),
    machine: {
      node: process.version,
      system: `${type()} ${release()}`,
      processor: `${cpus().length} x ${cpus()[0]?.model}`,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      load: [before, loadavg()[0]!].map(round),
    },
    data,
  }
  await mkdir(FOLDER, { recursive: true })
  await writeFile(pathOf(name), `${JSON.stringify(result, null, 2)}\n`)
}

/** Returns the last result of a section, or `undefined` if there is none. */
export async function lastOf(name: string): Promise<Result | undefined> {
  try {
    return JSON.parse(await readFile(pathOf(name), 'utf8')) as Result
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
