// Runs `latchkey` as a process, with or without a terminal, against the emulator.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '@latchkey/emulator'
import { bundled } from '../../../tools/bundled.ts'

/** The command that runs it. */
export const COMMAND: readonly string[] = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  // It loads a command when that runs, as the published one does.
  bundled(new URL('../src/latchkey.ts', import.meta.url), '--splitting'),
]

/** What a browser got. */
interface Opened {
  readonly command: string
  readonly url: string
  readonly mode: string
  readonly environment: string
}

/** The home folder of one user, with files and settings. */
export interface Home {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
  /** Resolves to what the user's browser got: its command line, the page in the file that it names, and its environment. */
  opened(): Promise<Opened>
  remove(): void
}

/** Creates a home with a browser and a client at `emulator`. */
export function makeHome(emulator: Emulator, env: Readonly<Record<string, string>> = {}): Home {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-cli-'))
  const browser = join(path, 'browser')
  mkdirSync(join(path, 'opened'))
  writeFileSync(
    browser,
    `#!/bin/sh
cd "${path}/opened" && env > env && printf '%s' "$*" > command && stat -c %a "$1" > mode && cp "$1" page && mv page html
`,
  )
  chmodSync(browser, 0o755)
  const opened = (name: string): string => readFileSync(join(path, 'opened', name), 'utf8')
  return {
    path,
    env: {
      PATH: process.env['PATH']!,
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE']!,
      HOME: path,
      XDG_CONFIG_HOME: join(path, 'config'),
      XDG_DATA_HOME: join(path, 'data'),
      TMPDIR: path,
      BROWSER: browser,
      IMGUR_CLIENT_ID: emulator.client.client_id,
      IMGUR_CLIENT_SECRET: emulator.client.client_secret,
      IMGUR_URL: emulator.url,
      TERM: 'xterm',
      LC_ALL: 'C.UTF-8',
      ...env,
    },
    async opened() {
      const changes = watch(join(path, 'opened'))
      try {
        while (!existsSync(join(path, 'opened/html'))) await once(changes, 'change')
      } finally {
        changes.close()
      }
      const [, url = ''] = /url=([^"]*)"/.exec(opened('html')) ?? []
      return {
        command: opened('command'),
        url: url.replaceAll('&amp;', '&'),
        mode: opened('mode').trim(),
        environment: opened('env'),
      }
    },
    remove: () => rmSync(path, { recursive: true }),
  }
}

/** A running `latchkey`. */
export interface Run {
  readonly process: ChildProcess
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: Promise<number | null>
  /** Waits for new output that matches; resolves to the pattern's group. @throws {Error} when the process ends first. */
  says(pattern: RegExp): Promise<string>
  /** Types; Enter is `\r` at a terminal. */
  type(text: string): void
  endInput(): void
}

const running = new Set<ChildProcess>()

/** Ends the processes that a failed test left. */
export function stopAll(): void {
  for (const child of running) child.kill()
}

interface Options {
  readonly env: Readonly<Record<string, string>>
  /** Uses a terminal of 24 lines of 80 columns, or of so many; its output is in `stdout`. */
  readonly terminal?: boolean | number
}

export function start(args: readonly string[], options: Options): Run {
  return startProgram([...COMMAND, ...args], options)
}

/** Starts any program. */
export function startProgram(command: readonly string[], { env, terminal = false }: Options): Run {
  const quoted = command.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const [file, ...rest] = terminal
    ? [
        'script',
        '--quiet',
        '--return',
        '--command',
        `stty rows 24 cols ${terminal === true ? 80 : terminal}; exec ${quoted}`,
        '/dev/null',
      ]
    : command
  const child = spawn(file!, rest, { cwd: env['HOME'], env: { ...env, SHELL: '/bin/sh' } })
  const printed = { stdout: '', stderr: '' }
  let read = 0
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (data: Buffer) => (printed[name] += data.toString()))
  child.stdin.on('error', () => {}) // It may end without reading everything.
  running.add(child)
  const exitCode = new Promise<number | null>(resolve => child.on('close', resolve))
  void exitCode.then(() => running.delete(child))
  const output = (): string => (terminal ? printed.stdout : printed.stderr)
  return {
    process: child,
    get stdout() {
      return printed.stdout
    },
    get stderr() {
      return printed.stderr
    },
    exitCode,
    says: pattern =>
      new Promise((resolve, reject) => {
        const stream = terminal ? child.stdout : child.stderr
        const check = (): void => {
          const found = pattern.exec(output().slice(read))
          if (!found) return
          read += found.index + found[0].length
          stream.off('data', check)
          resolve(found[1] ?? found[0])
        }
        stream.on('data', check)
        void exitCode.then(() => reject(new Error(`it ended without printing ${pattern}:\n${output()}`)))
        check()
      }),
    type: text => void child.stdin.write(text),
    endInput: () => child.stdin.end(),
  }
}

/** Runs it to its end, with `input`, without a terminal. */
export async function run(
  args: readonly string[],
  { env, input }: { readonly env: Readonly<Record<string, string>>; readonly input?: string },
): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }> {
  const one = start(args, { env })
  if (input !== undefined) one.type(input)
  one.endInput()
  const exitCode = await one.exitCode
  const { stdout, stderr } = one
  return { exitCode, stdout, stderr }
}

/** Returns the command in a hint. */
export function commandIn(hint: string): string {
  const [command] = /latchkey .*$/m.exec(hint) ?? []
  if (command === undefined) throw new Error(`there is no command in: ${hint}`)
  return command
}

/** Runs a command as a user who pastes it into a shell, where `latchkey` is installed. Its input ends at once. */
export async function paste(
  text: string,
  { env }: Pick<Options, 'env'>,
): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }> {
  const one = startText(text, { env })
  one.endInput()
  const exitCode = await one.exitCode
  const { stdout, stderr } = one
  return { exitCode, stdout, stderr }
}

/** Starts a command as a user who pastes it into a shell. */
export function startText(text: string, options: Options): Run {
  const quoted = COMMAND.map(word => `'${word}'`).join(' ')
  return startProgram(['sh', '-c', `latchkey() { ${quoted} "$@"; }\n${text}`], options)
}

/** Lists the entries below a folder that others can access. */
export function openToOthers(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => {
      const stats = lstatSync(path)
      const { mode } = stats
      return (mode & 0o777) !== (stats.isDirectory() ? 0o700 : 0o600)
    })
}
