import { type Program, startProgram } from '../../../tools/program.ts'

export type Demo = Program

const NO_BROWSER = { BROWSER: 'none', IMGUR_CLIENT_ID: '' }

/** The demo as a person runs it; it opens no browser unless a test says so. */
export function startDemo(args: readonly string[] = [], environment: Record<string, string> = {}): Demo {
  return startProgram(new URL('../src/main.ts', import.meta.url), {
    args,
    env: { ...NO_BROWSER, ...environment },
  })
}
