// A program as somebody runs it: a process of its own, what it prints, what is typed into it.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A program that runs. */
export interface Program {
  /** All it has printed. */
  readonly output: string
  readonly exitCode: Promise<number | null>
  /** Resolves to what the pattern's group caught, when that is printed after what was found before. @throws {Error} when it ends first. */
  says(pattern: RegExp): Promise<string>
  /** Types a line into its terminal. */
  type(line: string): void
  /** Ends its input. */
  endInput(): void
  /** Ends it, as an operating system does that shuts down. */
  stop(): void
}

/** Starts a TypeScript program, the packages of this workspace from source. */
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
        const look = (): void => {
          const found = pattern.exec(output.slice(read))
          if (!found) return
          read += found.index + found[0].length
          child.stdout.off('data', look)
          resolve(found[1] ?? found[0])
        }
        child.stdout.on('data', look)
        void exitCode.then(() => reject(new Error(`it ended without saying ${pattern}:\n${output}`)))
        look()
      }),
    type: line => void child.stdin.write(`${line}\n`),
    endInput: () => child.stdin.end(),
    stop: () => void child.kill(),
  }
}
