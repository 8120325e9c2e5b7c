import type { Context, Result } from '../context.ts'

/** Runs Imgur's emulator in this process, until Ctrl+C; its own program reads the rest of the command line. */
export async function run({ words }: Context): Promise<Result | undefined> {
  process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM') // it ends by itself
  process.exitCode = 0 // unless it says otherwise
  process.argv.splice(2, Infinity, ...words)
  await import(new URL('../bin/latchkey-emulator.js', import.meta.resolve('@latchkey/emulator')).href)
  return undefined
}
