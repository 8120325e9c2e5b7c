import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { type Context, openClient } from '../context.ts'
import { printLine } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

/** A shell's exit codes for a command that does not exist, and for one that cannot be started. */
const NOT_FOUND = 127
const NOT_STARTED = 126

const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const

/** Runs a program with a valid access token in its environment, without a shell. Ends as the program does. */
export async function run(context: Context): Promise<undefined> {
  const { options, args } = context
  const name = options['env'] as string | undefined
  const at = args.indexOf('--')
  const [program, ...words] = at < 0 ? [] : args.slice(at + 1)
  if (name === undefined || !/^[A-Za-z_]\w*$/.test(name))
    throw new UsageError('--env must be the name of an environment variable, such as --env TOKEN')
  if (program === undefined)
    throw new UsageError('the program comes after --, such as: exec --env TOKEN -- curl ...')
  const token = await tokenOf(context)
  process.exitCode = await runProgram(program, words, { ...process.env, [name]: token })
}

async function tokenOf(context: Context): Promise<string> {
  await using client = await openClient(context)
  return await client.accessToken({ signal: context.signal })
}

/** Resolves to the exit code of a program. If a signal ends it, the same signal ends this process. */
function runProgram(program: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(program, words, { stdio: 'inherit', env })
    for (const signal of SIGNALS) {
      process.removeAllListeners(signal)
      // A terminal sends these to the program too.
      const isSentTwice = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT')
      process.on(signal, () => isSentTwice || child.kill(signal))
    }
    child.once('error', error => {
      const { code } = error as NodeJS.ErrnoException
      printLine(
        code === 'ENOENT' ? `${program}: command not found` : `${program} cannot be started (${code})`,
      )
      resolve(code === 'ENOENT' ? NOT_FOUND : NOT_STARTED)
    })
    child.once('exit', (code, signal) => {
      for (const one of SIGNALS) process.removeAllListeners(one)
      if (signal) process.kill(process.pid, signal)
      resolve(code ?? 128 + (constants.signals[signal!] ?? 0))
    })
  })
}
