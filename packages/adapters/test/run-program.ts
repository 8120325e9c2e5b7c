import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url))

/** Runs program.ts in a process of its own; resolves to what it prints. */
export async function runProgram(
  env: Readonly<Record<string, string>>,
  ...words: readonly string[]
): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@latchkey/source', PROGRAM, ...words],
    { env },
  )
  return JSON.parse(stdout)
}
