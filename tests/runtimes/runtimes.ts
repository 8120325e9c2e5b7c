// The runtimes, and how each runs a program.
import { execFileSync, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startContractServer } from '@latchkey/test-kit/node'
import { launchChromium } from '../../tools/chromium.ts'
import { INSTALLED } from '../../tools/installed-runtimes.ts'
import { bundle, type World } from './bundle.ts'
import type { FileOutcomes } from './program/files.ts'
import { notRunIn } from './results.ts'

/** What a runtime needs to run a program. */
interface Place {
  /** An empty folder, which is deleted afterwards. */
  readonly folder: string
  readonly program: string
  /** The program's environment variables. */
  readonly env: Readonly<Record<string, string>>
  /** Gets the output, line by line. */
  readonly onLine: (line: string) => void
}

export interface Runtime {
  readonly world: World
  /** The part of the program that belongs to the runtime: a file of `program/`. */
  readonly host: string
  version(): Promise<string> | string
  /** Resolves when the program has ended without an error. */
  run(place: Place): Promise<void>
}

/** A runtime that has the modules of Node: its command, and the arguments before the program's name. */
function nodeLike(command: string, ...args: string[]): Runtime {
  return {
    world: 'node',
    host: 'host-node',
    version: () => versionOf(command),
    async run({ folder, program, env, onLine }) {
      const file = join(folder, 'program.mjs')
      await writeFile(file, program)
      // For tests that start another process of the same runtime.
      const self = join(folder, 'runtime')
      await writeFile(self, `#!/bin/sh\nexec '${command}' ${args.join(' ')} "$@"\n`)
      await chmod(self, 0o755)
      await runProcess(self, [file], { ...env, RUNTIME: args.length > 0 ? self : command }, onLine)
    },
  }
}

const workerd: Runtime = {
  world: 'web',
  host: 'host-workerd',
  version: () => versionOf(INSTALLED.workerd),
  async run({ folder, program, env, onLine }) {
    await writeFile(join(folder, 'program.mjs'), program)
    const bindings = Object.keys(env).map(name => `(name = "${name}", fromEnvironment = "${name}")`)
    await writeFile(
      join(folder, 'config.capnp'),
      `using Workerd = import "/workerd/workerd.capnp";
      const config :Workerd.Config = (services = [
        (name = "tests", worker = (
          modules = [(name = "program", esModule = embed "program.mjs")],
          compatibilityDate = "2026-11-01",
          bindings = [${bindings.join()}],
          globalOutbound = "network")),
        (name = "network", network = (allow = ["public", "private"]))]);`,
    )
    await runProcess(INSTALLED.workerd, ['test', join(folder, 'config.capnp')], env, onLine)
  },
}

const chromium: Runtime = {
  world: 'web',
  host: 'host-page',
  async version() {
    const browser = await launchChromium()
    await browser.close()
    return browser.version()
  },
  async run({ program, env, onLine }) {
    const site = createServer(({ url }, response) =>
      url === '/program.mjs'
        ? response.setHeader('content-type', 'text/javascript').end(program)
        : response
            .setHeader('content-type', 'text/html')
            .end('<script type=module src=/program.mjs></script>'),
    )
    await new Promise<void>(listening => site.listen(0, '127.0.0.1', listening))
    const browser = await launchChromium()
    try {
      const page = await browser.newPage()
      page.on('console', message => onLine(message.text()))
      await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
      await page.waitForFunction('globalThis.runTests')
      await page.evaluate(
        env => (globalThis as unknown as { runTests(env: object): Promise<void> }).runTests(env),
        env,
      )
    } finally {
      await browser.close()
      site.close()
    }
  },
}

export const RUNTIMES = {
  'Node 22': nodeLike(INSTALLED['Node 22']),
  'Node 24': nodeLike(process.execPath),
  'Node 26': nodeLike(INSTALLED['Node 26']),
  Deno: nodeLike(INSTALLED.Deno, 'run', '--allow-all'),
  Bun: nodeLike(INSTALLED.Bun),
  workerd,
  Chromium: chromium,
} satisfies Record<string, Runtime>

export type RuntimeName = keyof typeof RUNTIMES
export const RUNTIME_NAMES = Object.keys(RUNTIMES) as readonly RuntimeName[]

/** Returns the results of the tests of `files` in a runtime. @throws {Error} when it ends before all of them ran */
export async function outcomesIn(name: RuntimeName, files: readonly string[]): Promise<FileOutcomes[]> {
  const { world, host, run } = RUNTIMES[name]
  const program = await bundle(world, host, files)
  const server = await startContractServer()
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-runtime-'))
  const outcomes: FileOutcomes[] = []
  const others: string[] = []
  try {
    await run({
      folder,
      program,
      env: {
        CONTRACT_SERVER: JSON.stringify(server),
        NOT_RUN: JSON.stringify(notRunIn(name).map(({ source }) => source)),
        LATCHKEY_CASES: '5000', // Jest runs 60,000
      },
      onLine: line =>
        line.startsWith('{"file":') ? outcomes.push(JSON.parse(line) as FileOutcomes) : others.push(line),
    })
  } catch (error) {
    const report = [`${name} ended after ${outcomes.length} of ${files.length} files`, ...others.slice(-20)]
    throw new Error(report.join('\n'), { cause: error })
  } finally {
    await rm(folder, { recursive: true })
    await server.close()
  }
  return outcomes
}

function versionOf(command: string): string {
  return /\d[\d.-]+/.exec(execFileSync(command, ['--version'], { encoding: 'utf8' }))![0]
}

/** Runs a command to its end, and passes on its output and errors. */
async function runProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): Promise<void> {
  const child = spawn(command, args, {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    let line = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (line + chunk).split('\n') // readline would also split at U+2028
      line = lines.pop()!
      for (const one of lines) onLine(one)
    })
  }
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => (code === 0 ? resolve() : reject(new Error(`it ended with ${code}`))))
  })
}
