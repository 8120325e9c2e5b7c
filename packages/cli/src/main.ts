// The full `latchkey` program, with commander.
import { readFileSync } from 'node:fs'
import { Command as Program, CommanderError, Option } from 'commander'
import { closeInput } from './prompt.ts'
import { type Command, COMMANDS, optionsOf } from './commands.ts'
import { exitOf } from './exits.ts'
import { hintFor } from './hints.ts'
import { InterruptedError } from './interrupted-error.ts'
import { MODULES } from './modules.ts'
import { placeOf } from './place-of-account.ts'
import { useProxies } from './proxies.ts'
import { type CommonOptions, type Settings, settingsOf, variableOf } from './settings.ts'
import { clean } from './clean.ts'
import type { Result } from './context.ts'
import { formatLine, paint, printLine } from './terminal.ts'
import { inUserWords } from './user-words.ts'
import { UsageError } from './usage-error.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

const WIDTH = 80

interface AllOptions extends CommonOptions {
  readonly json?: boolean
}

/** Returns a signal that aborts at the first Ctrl+C. The second one ends the program at once. */
function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(exitOf(controller.signal.reason))
      controller.abort(new InterruptedError('interrupted'))
    })
  return controller.signal
}

/** Removes variables that child processes must not inherit: the browser no secret at all, a program of `exec` none of ours. */
function removeSecrets(command: string, { provider, others }: Settings, env: NodeJS.ProcessEnv): void {
  const ours = [provider, ...others].map(name => variableOf(name, 'CLIENT_SECRET'))
  const isSecret = (name: string): boolean =>
    command === 'exec' ? ours.includes(name) : name.endsWith('_CLIENT_SECRET')
  for (const name of Object.keys(env)) if (isSecret(name) || name === 'LATCHKEY_STORE') delete env[name]
}

let settings: Settings | undefined

async function runCommand(
  name: string,
  command: Command,
  argument: string | undefined,
  options: AllOptions,
): Promise<void> {
  const named = command.argument?.[0] === '[provider]' && argument !== undefined ? { provider: argument } : {}
  settings = settingsOf({ ...options, ...named }, process.env)
  removeSecrets(name, settings, process.env)
  process.exitCode = 1 // unless the command finishes
  await useProxies(process.env)
  const { run } = await MODULES[name]!()
  const args = process.argv.slice(3)
  const signal = abortOnInterrupt()
  const result = await run({ settings, options: { ...options }, argument, args, signal })
  if (!result) return
  printResult(result, options)
  process.exitCode = result.exit ?? 0
}

/** Prints a result to stdout. */
function printResult({ lines = [], text, json }: Result, options: AllOptions): void {
  const exact = options.json ? JSON.stringify(json) : text
  const printed =
    exact === undefined ? lines.map(line => formatLine(line, process.stdout)) : exact.split('\n').map(clean)
  process.stdout.write(`${printed.join('\n')}\n`)
}

/** Formats a command for the list of commands. */
function subcommandTerm(command: Program): string {
  return [command.name(), ...command.registeredArguments.map(argument => `[${argument.name()}]`)].join(' ')
}

function createProgram(): Program {
  const program = new Program('latchkey')
    .description('Sign in once, then use $(latchkey token): it stores tokens and refreshes them when needed.')
    .usage('<command> [options]')
    .version(version)
    .helpCommand(false)
    .configureOutput({ getOutHelpWidth: () => WIDTH, getErrHelpWidth: () => WIDTH, outputError() {} })
    .configureHelp({ subcommandTerm })
    .addHelpText('after', '\nExample: latchkey token --format=header | curl -H @- $URL')
  program.exitOverride()
  for (const [name, command] of Object.entries(COMMANDS)) {
    const { summary, argument, example, isPassedThrough } = command
    const one = program
      .command(name)
      .summary(summary)
      .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)
      .addHelpText('after', `\nExample: ${example}`)
    if (argument) one.argument(...argument)
    for (const option of optionsOf(command)) one.option(...option)
    if (isPassedThrough) one.allowUnknownOption().allowExcessArguments()
    one.action(async (...given: unknown[]) => {
      const [first, second] = argument ? given : [undefined, ...given]
      if (name === 'help') showHelp(program, first as string | undefined)
      else await runCommand(name, command, [first].flat().join(' ') || undefined, second as AllOptions)
    })
  }
  // The list of commands fits a screen without the options that every program has. Commands show theirs.
  program.addHelpOption(new Option('-h, --help').hideHelp())
  for (const option of program.options) option.hideHelp()
  return program
}

function reportError(error: unknown): void {
  const { code } = error as { readonly code?: string }
  const message = messageOf(error as Error & { readonly code?: string })
  const hint = hintFor(error, { command: process.argv[2], settings })
  if (process.argv.includes('--json')) {
    const json = { error: { code: code ?? 'unexpected', message, hint: hint?.join('\n') } }
    printResult({ json }, { json: true })
  } else printLine([paint('red', message)], ...(hint ?? []))
  process.exitCode = exitOf(error)
}

/** Prints the help of a command, or of all. */
function showHelp(program: Program, name: string | undefined): void {
  const command = name === undefined ? program : program.commands.find(one => one.name() === name)
  if (!command) throw new UsageError(`unknown command '${name}'`)
  command.outputHelp()
}

/** Returns the message of an error. An account that is not signed in may be another one than the user means. */
function messageOf({ message, code }: Error & { readonly code?: string }): string {
  const words = inUserWords(message)
  if (code !== 'signed_out' || !settings || process.argv[2] === 'mcp') return words
  return `${words} (${placeOf(settings)})`
}

/** Returns the error of a command line that commander rejects. A suggestion is a line of its own there. */
function usageErrorOf({ message }: CommanderError): UsageError {
  return new UsageError(message.replace(/^error: /, '').replace(/\n(?=\(Did you mean )/, ' '))
}

process.stdout.on('error', error => {
  // The reader has closed the pipe, like `head`.
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})

try {
  await createProgram().parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) reportError(error)
  else if (error.code === 'commander.help') process.exitCode = 2
  else if (error.exitCode !== 0) reportError(usageErrorOf(error))
} finally {
  closeInput()
}
