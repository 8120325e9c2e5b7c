// Helpers of the tests: temporary folders, and processes that run a program of `programs`.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, test } from '@jest/globals'
import { bundled } from '../../../tools/bundled.ts'
import { folderName } from '../src/files/folder-name.ts'

/** Functions to call after the test, the last first. */
const cleanups: (() => void)[] = []

export function afterTest(cleanup: () => void): void {
  cleanups.push(cleanup)
}

/** A folder in memory, for tests with many files that do not test the disk. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** An empty folder, removed after the test. */
export function temporaryFolder({ inMemory = false } = {}): string {
  const folder = mkdtempSync(join(inMemory ? MEMORY : tmpdir(), 'latchkey-fs-'))
  afterTest(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

/** Another process of this host that runs `test/programs/<name>.ts`. */
export interface Program {
  readonly pid: number
  /** The next line of its output; rejects if it ends first. */
  line(): Promise<string>
  send(line: string): void
  kill(signal: NodeJS.Signals): void
  /** Its exit code, or the signal that ended it; a rejection contains its standard error. */
  readonly ended: Promise<number | NodeJS.Signals>
}

export interface ProgramOptions {
  readonly env?: Record<string, string>
  /** A command that runs the program: `['unshare', '-n']`. */
  readonly within?: readonly string[]
}

export function run(
  name: string,
  args: readonly string[],
  { env = {}, within = [] }: ProgramOptions = {},
): Program {
  const program = bundled(new URL(`programs/${name}.ts`, import.meta.url))
  const command = [...within, process.execPath, program, ...args]
  const child = spawn(command[0]!, command.slice(1), {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  afterTest(() => void child.kill('SIGKILL'))
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdin.on('error', () => undefined)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0 || signal) resolve(signal ?? 0)
      else reject(new Error(`${name} ended with ${code}: ${errors}`))
    })
  })
  ended.catch(() => undefined)
  return {
    pid: child.pid!,
    async line() {
      const next = await lines.next()
      if (next.done)
        throw new Error(`${name} ended, ${await ended.catch(String)}, instead of writing a line: ${errors}`)
      return next.value as string
    },
    send: line => child.stdin.write(`${line}\n`),
    kill: signal => void child.kill(signal),
    ended,
  }
}

/** The folder of `key`, or of the only account, and the names in it. */
export function accountFolder(directory: string, key?: string): { path: string; names: string[] } {
  const name = key === undefined ? readdirSync(join(directory, 'accounts'))[0] : folderName(key)
  const path = join(directory, 'accounts', name!)
  return { path, names: readdirSync(path).sort() }
}

/** The folder of the locks of this boot. */
export function circle(directory: string): string {
  const name = readdirSync(join(directory, 'locks')).find(name => name !== 'next')
  return join(directory, 'locks', name!)
}

/** Declares a test that needs root to mount, change owners or enter a namespace; skipped without root. */
export function asRoot(title: string, run: () => Promise<void>, timeoutMs?: number): void {
  if (process.getuid?.() === 0) test(title, run, timeoutMs)
  else test.skip(`${title} (skipped: needs root)`, run)
}
