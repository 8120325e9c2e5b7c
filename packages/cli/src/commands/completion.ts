import type { Context, Result } from '../context.ts'
import { SHELLS } from '../completion-scripts.ts'
import { UsageError } from '../usage-error.ts'

/** Prints a script that completes the command line of `latchkey` in a shell. */
export async function run({ argument = '' }: Context): Promise<Result> {
  const script = Object.hasOwn(SHELLS, argument) ? SHELLS[argument] : undefined
  if (!script)
    throw new UsageError(`no completion for '${argument}': choose one of ${Object.keys(SHELLS).join(', ')}`)
  const text = script()
  return { text, json: { shell: argument, script: text } }
}
