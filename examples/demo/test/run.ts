import { type Program, startProgram } from '../../../tools/program.ts'

export type Demo = Program

const NO_BROWSER = { BROWSER: 'none', IMGUR_CLIENT_ID: '' }

/** Starts the demo as a process. It opens no browser unless the test requests it. */
export function startDemo(args: readonly string[] = [], environment: Record<string, string> = {}): Demo {
  return startProgram(new URL('../src/main.ts', import.meta.url), {
    args,
    env: { ...NO_BROWSER, ...environment },
  })
}
