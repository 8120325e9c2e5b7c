import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** The demo as a person runs it: a process of its own, which opens no browser unless a test says so. */
export interface Demo {
  /** All it has printed. */
  readonly output: string
  readonly exitCode: Promise<number | null>
  /** Resolves to what the pattern's group caught, when that is printed after what was found before. @throws {Error} when it ends first. */
  says(pattern: RegExp): Promise<string>
  /** Types a line into its terminal. */
  type(line: string): void
  /** Ends its input. */
  endInput(): void
  stop(): void
}

const NO_BROWSER = { BROWSER: 'none', IMGUR_CLIENT_ID: '', NODE_OPTIONS: '' }

export function startDemo(args: readonly string[] = [], environment: Record<string, string> = {}): Demo {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', MAIN, ...args], {
    env: { ...process.env, ...NO_BROWSER, ...environment },
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
