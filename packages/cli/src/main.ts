// The whole of `latchkey`, over commander.
import { readFileSync } from 'node:fs'
import { Command as Program, CommanderError } from 'commander'
import { stopAsking } from './ask.ts'
import { type Command, COMMANDS, COMMON_OPTIONS } from './commands.ts'
import { exitOf } from './exits.ts'
import { hintFor } from './hints.ts'
import { InterruptedError } from './interrupted-error.ts'
import { MODULES } from './modules.ts'
import { type CommonOptions, type Settings, settingsOf } from './settings.ts'
import { paint, say } from './terminal.ts'
import { UsageError } from './usage-error.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

const WIDTH = 80

interface AllOptions extends CommonOptions {
  readonly json?: boolean
}

/** Ends what is under way when the person presses Ctrl+C, once; the second time the program ends at once. */
function interruptible(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(exitOf(controller.signal.reason))
      controller.abort(new InterruptedError('interrupted'))
    })
  return controller.signal
}

/** What a child process must not inherit: a browser is one. */
function takeSecrets(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env))
    if (name.endsWith('_CLIENT_SECRET') || name === 'LATCHKEY_STORE') delete env[name]
}

let settings: Settings | undefined

async function perform(
  name: string,
  command: Command,
  argument: string | undefined,
  options: AllOptions,
): Promise<void> {
  const named = command.argument?.[0] === '[provider]' && argument !== undefined ? { provider: argument } : {}
  settings = settingsOf({ ...options, ...named }, process.env)
  takeSecrets(process.env)
  process.exitCode = 1 // unless it comes to an end
  const { run } = await MODULES[name]!()
  const words = process.argv.slice(3)
  const signal = interruptible()
  const result = await run({ settings, options: { ...options }, argument, words, signal })
  if (!result) return
  process.stdout.write(`${options.json ? JSON.stringify(result.json) : result.text}\n`)
  process.exitCode = result.exit ?? 0
}

/** A command as the list of commands has it. */
function subcommandTerm(command: Program): string {
  return [command.name(), ...command.registeredArguments.map(argument => `[${argument.name()}]`)].join(' ')
}

function programOf(): Program {
  const program = new Program('latchkey')
    .description(
      'Sign in once, then $(latchkey token): tokens that are kept, and refreshed when they must be.',
    )
    .usage('<command> [options]')
    .version(version)
    .helpCommand(false)
    .configureOutput({ getOutHelpWidth: () => WIDTH, getErrHelpWidth: () => WIDTH, outputError() {} })
    .configureHelp({ subcommandTerm })
    .addHelpText('after', '\nExample: curl -H "Authorization: Bearer $(latchkey token)" $URL')
  program.exitOverride()
  for (const [name, command] of Object.entries(COMMANDS)) {
    const { summary, argument, options = [], example, isForeign } = command
    const one = program
      .command(name)
      .summary(summary)
      .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)
      .addHelpText('after', `\nExample: ${example}`)
    if (argument) one.argument(...argument)
    for (const option of [...options, ...(isForeign ? [] : COMMON_OPTIONS)]) one.option(...option)
    if (isForeign) one.allowUnknownOption().allowExcessArguments()
    one.action(async (...given: unknown[]) => {
      const [first, second] = argument ? given : [undefined, ...given]
      await perform(name, command, first as string | undefined, second as AllOptions)
    })
  }
  return program
}

function tell(error: unknown): void {
  const { message, code } = error as { readonly message: string; readonly code?: string }
  const hint = hintFor(error, settings)
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ error: { code: code ?? 'unexpected', message, hint } })}\n`)
  else say([paint('red', message), hint].filter(Boolean).join('\n'))
  process.exitCode = exitOf(error)
}

process.stdout.on('error', error => {
  // Who read it has gone, as `head` does.
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})

try {
  await programOf().parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) tell(error)
  else if (error.code === 'commander.help') process.exitCode = 2
  else if (error.exitCode !== 0) tell(new UsageError(error.message.replace(/^error: /, '')))
} finally {
  stopAsking()
}
