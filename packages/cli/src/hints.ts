import { COMMANDS } from './commands.ts'
import {
  commandLine,
  helpHint,
  keychainCommand,
  repeatAsMcpLogin,
  repeatCommand,
  repeatFor,
  switchCommand,
} from './command-line.ts'
import { type Settings, variableOf } from './settings.ts'
import { UsageError } from './usage-error.ts'

const LATER = 'No code or token was used. Try again later.'

/** What to do about an error of `login`, by its code, before the login is repeated. */
const LOGIN_HINTS: Readonly<Record<string, (settings: Settings) => string>> = {
  misconfigured: settings => `Correct the client id, secret or redirect URI${placeOfClient(settings)}.`,
  discovery_failed: () => 'Check the URL of the issuer.',
  no_answer: () => 'Run it in a terminal, or pipe the answers to it, one on each line.',
  port_in_use: () => 'Stop the program that uses the port, or let latchkey use another port.',
  transient: () => LATER,
  transport: () => 'Check the network connection and the URL. Try again later.',
}

const giveUp = (settings: Settings): string =>
  `If the tokens are lost, give them up with: ${commandLine('logout', settings, settings)} --local`

/** What to do about an error of other commands, by its code. */
const HINTS: Readonly<Record<string, (settings: Settings, message: string) => string | undefined>> = {
  signed_out: settings => `Sign in with: ${loginCommand(settings)}`,
  reauth_required: settings => `Sign in again with: ${loginCommand(settings)}`,
  access_denied: settings => `Sign in again with: ${loginCommand(settings)}`,
  invalid_grant: settings => `Sign in again with: ${loginCommand(settings)}`,
  misconfigured: settings => `Show the configuration with: ${doctorCommand(settings)}`,
  transient: () => LATER,
  transport: () => 'Check the network connection and the URL. Try again later.',
  store_corrupt: giveUp,
  // A record of a newer version, or of another account, is not lost.
  record_unusable: (settings, message) => (message.includes('which is kept') ? undefined : giveUp(settings)),
  decryption_failed: giveUp,
  keychain_mismatch: settings => `Encrypt all of them with: ${keychainCommand('on', settings)}`,
  indeterminate: settings => `Try again soon. If it persists, run: ${doctorCommand(settings)}`,
}

/** The command that failed, and its settings if they could be read. */
interface Failed {
  readonly command: string | undefined
  readonly settings: Settings | undefined
}

/** Returns what the user can do about an error, if known. */
export function hintFor(error: unknown, { command, settings }: Failed): readonly string[] | undefined {
  if (error instanceof UsageError)
    return (
      error.hint ?? [
        helpHint(command !== undefined && Object.hasOwn(COMMANDS, command) ? command : undefined),
      ]
    )
  if (!settings) return undefined
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  if (command === 'mcp') return mcpHint(code)
  const hints = command === 'login' ? LOGIN_HINTS : HINTS
  const hint =
    typeof code === 'string' && Object.hasOwn(hints, code)
      ? hints[code]!(settings, String(message))
      : undefined
  if (command !== 'login')
    return hint === undefined ? undefined : [...(code === 'signed_out' ? otherProviders(settings) : []), hint]
  const again = repeatCommand({ withoutPort: code === 'port_in_use' })
  return [['Nothing was saved.', hint, `Start again with: ${again}`].filter(Boolean).join(' ')]
}

/** Returns how to use a provider that has a client, if the default one has none. */
function otherProviders({ provider, entry, defaults, others }: Settings): readonly string[] {
  const [first] = others
  if (first === undefined || entry.client_id !== undefined || provider !== defaults.provider) return []
  return [
    `Other providers are configured: ${others.join(', ')}. Use one with: ${repeatFor(first)}`,
    `Or use it from now on: ${switchCommand(first)}`,
  ]
}

/** Returns what to do about an error of `latchkey mcp`, by its code. */
function mcpHint(code: unknown): readonly string[] | undefined {
  if (code === 'discovery_failed') return ['Check the URL of the MCP server.']
  if (code === 'transient' || code === 'transport') return [LATER]
  const isSignIn = ['signed_out', 'reauth_required', 'access_denied', 'timed_out'].includes(String(code))
  return isSignIn ? [`Sign in with: ${repeatAsMcpLogin()}`] : undefined
}

/** Returns the command that signs in to the account of the settings. */
export const loginCommand = (settings: Settings): string => commandLine('login', settings, settings)

const doctorCommand = (settings: Settings): string => commandLine('doctor', settings, settings)

/** Returns where the client is configured, unless the user typed it. */
function placeOfClient({ provider, entry, file }: Settings): string {
  const id = variableOf(provider, 'CLIENT_ID')
  if (entry.client_id === undefined) return ''
  return entry.client_id === process.env[id] ? ` (see ${id})` : ` in ${file}`
}
