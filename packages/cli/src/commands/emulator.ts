import type { Context, Result } from '../context.ts'

/** Runs Imgur's emulator in this process until Ctrl+C. Passes the rest of the command line to it. */
export async function run({ args }: Context): Promise<Result | undefined> {
  process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM') // the emulator handles them
  process.exitCode = 0 // unless the emulator changes it
  process.argv.splice(2, Infinity, ...args)
  await import(new URL('../bin/latchkey-emulator.js', import.meta.resolve('@latchkey/emulator')).href)
  return undefined
}
