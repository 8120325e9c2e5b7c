// Runs a program as a user does: a separate process, its output, and typed input.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A running program. */
export interface Program {
  /** The whole output so far. */
  readonly output: string
  readonly exitCode: Promise<number | null>
  /** Waits for output that matches, after the previous match; resolves to the pattern's group. @throws {Error} when the program ends first. */
  says(pattern: RegExp): Promise<string>
  /** Types a line into its terminal. */
  type(line: string): void
  /** Ends its input. */
  endInput(): void
  /** Ends it, like an operating system that shuts down. */
  stop(): void
}

/** Starts a TypeScript program, with the packages of this workspace from source. */
export function startProgram(
  main: URL,
  { args = [], env = {} }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Program {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', fileURLToPath(main), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  })
  let output = ''
  let read = 0
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output += String(data)))
  const exitCode = new Promise<number | null>(resolve => child.on('close', resolve))
  return {
    get output() {
      return output
    },
    exitCode,
    says: pattern =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = pattern.exec(output.slice(read))
          if (!found) return
          read += found.index + found[0].length
          child.stdout.off('data', check)
          resolve(found[1] ?? found[0])
        }
        child.stdout.on('data', check)
        void exitCode.then(() => reject(new Error(`it ended without printing ${pattern}:\n${output}`)))
        check()
      }),
    type: line => void child.stdin.write(`${line}\n`),
    endInput: () => child.stdin.end(),
    stop: () => void child.kill(),
  }
}
