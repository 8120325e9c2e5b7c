import { banner, parseCommand, wrap } from './cli.ts'
import type { Command } from './cli.ts'
import type { Emulator, EmulatorOptions } from './start.ts'
import { startEmulator } from './start.ts'

const WRONG_USAGE = 2

const command = parse(process.argv.slice(2))
if (command?.type === 'print') console.log(wrap(command.text, process.stdout.columns))
if (command?.type === 'start') await run(command.options)

function parse(args: string[]): Command | undefined {
  try {
    return parseCommand(args)
  } catch (error) {
    fail(`${messageOf(error)}\nTry: npx @latchkey/emulator --help`, WRONG_USAGE)
    return undefined
  }
}

async function run(options: EmulatorOptions): Promise<void> {
  const emulator = await start(options)
  if (!emulator) return
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void emulator.close())
  console.log(banner(emulator))
}

async function start(options: EmulatorOptions): Promise<Emulator | undefined> {
  try {
    return await startEmulator({ ...options, warn: text => console.error(`\nWARNING: ${text}\n`) })
  } catch (error) {
    if (error instanceof TypeError) fail(messageOf(error), WRONG_USAGE)
    else fail(listenErrorMessage(error, options), 1)
    return undefined
  }
}

function listenErrorMessage(error: unknown, { host = '127.0.0.1', port = 0 }: EmulatorOptions): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is in use by another program.`
  return `Cannot listen on ${host}, port ${port}: ${messageOf(error)}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function fail(message: string, exitCode: number): void {
  console.error(message)
  process.exitCode = exitCode
}
