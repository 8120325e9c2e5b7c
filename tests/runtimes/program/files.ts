// The parts of a program. They load on demand, because workerd allows no work before an event.
import type { Outcome, runFile } from './run-file.ts'

/** The runner and the files, by their paths from the root of the repository. */
export interface Tests {
  setUp(): Promise<{ readonly runFile: typeof runFile }>
  readonly files: Readonly<Record<string, () => Promise<unknown>>>
}

/** The results of a file. */
export interface FileOutcomes {
  readonly file: string
  readonly outcomes: readonly Outcome[]
}

/** Runs one file after the other. */
export async function* outcomesOf({ setUp, files }: Tests): AsyncGenerator<FileOutcomes> {
  const { runFile } = await setUp()
  for (const [file, load] of Object.entries(files)) yield { file, outcomes: await runFile(file, load) }
}
