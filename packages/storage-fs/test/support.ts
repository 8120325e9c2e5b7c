// What the tests of this package share: folders of their own, and other processes that run a program of this folder.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, test } from '@jest/globals'
import { bundled } from '../../../tools/bundled.ts'
import { folderName } from '../src/files/folder-name.ts'

/** What is to be done when the test is over, the last first. */
const duties: (() => void)[] = []

export function whenOver(duty: () => void): void {
  duties.push(duty)
}

/** Files in memory, where a test makes many of them and it is not the disk that is tested. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** An empty folder, which goes when the test is over. */
export function temporaryFolder({ inMemory = false } = {}): string {
  const folder = mkdtempSync(join(inMemory ? MEMORY : tmpdir(), 'latchkey-fs-'))
  whenOver(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

afterEach(() => {
  for (const duty of duties.splice(0).reverse()) duty()
})

/** Another process of this host that runs `test/programs/<name>.ts`. */
export interface Program {
  readonly pid: number
  /** The next line it writes; rejects when it ends first. */
  line(): Promise<string>
  send(line: string): void
  kill(signal: NodeJS.Signals): void
  /** Its exit code, or the signal that ended it; what it wrote to standard error goes with a failure. */
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
  whenOver(() => void child.kill('SIGKILL'))
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

/** An account's folder, the one there is or that of `key`, and the names in it. */
export function accountFolder(directory: string, key?: string): { path: string; names: string[] } {
  const name = key === undefined ? readdirSync(join(directory, 'accounts'))[0] : folderName(key)
  const path = join(directory, 'accounts', name!)
  return { path, names: readdirSync(path).sort() }
}

/** A test that needs root, to mount, to give files away or to enter a namespace; elsewhere its title says why not. */
export function asRoot(title: string, run: () => Promise<void>, timeoutMs?: number): void {
  if (process.getuid?.() === 0) test(title, run, timeoutMs)
  else test.skip(`${title} (skipped: needs root)`, run)
}
