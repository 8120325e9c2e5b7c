// Writes commands that users can paste into their shell.
import type { Settings } from './settings.ts'
import { shellWord } from './shell-word.ts'

/** Options of a provider, by name. */
export type OptionValues = Readonly<Record<string, string | boolean>>

/** Returns how this program was called: `npx @latchkey/cli` if npx runs it, which may not have installed `latchkey`. */
export function programName(env: NodeJS.ProcessEnv = process.env): string {
  return env['npm_command'] === 'exec' ? 'npx @latchkey/cli' : 'latchkey'
}

/**
 * Returns a command for an account, to be run with the same environment and configuration file. It uses the same store.
 * `--option` is repeated for every one of `options`.
 */
export function commandLine(
  command: 'login' | 'logout' | 'doctor',
  { provider, account }: Pick<Settings, 'provider' | 'account'>,
  { defaults, storeOption }: Pick<Settings, 'defaults' | 'storeOption'>,
  options: OptionValues = {},
): string {
  const isProviderImplied = provider === 'imgur' && defaults.provider === 'imgur'
  const isAccountImplied = account === 'default' && defaults.account === 'default'
  const isArgument = command === 'login' && !provider.startsWith('-')
  const words = [
    command,
    ...(isProviderImplied ? [] : isArgument ? [provider] : ['--provider', provider]),
    ...(isAccountImplied ? [] : ['--account', account]),
    ...(storeOption === undefined ? [] : ['--store', storeOption]),
    ...Object.entries(options).flatMap(([name, value]) => ['--option', `${name}=${value}`]),
  ]
  return write(words)
}

/** Returns the command that turns the keychain on or off for the store of the settings. */
export function keychainCommand(state: 'on' | 'off', { storeOption }: Pick<Settings, 'storeOption'>): string {
  return write([
    ...['config', 'keychain', state],
    ...(storeOption === undefined ? [] : ['--store', storeOption]),
  ])
}

/** Returns the command that signs in to the MCP server of the running command, with its options. */
export const repeatAsMcpLogin = (): string => repeatCommand().replace(/ mcp \w+/, ' mcp login')

/** Returns the command that signs in to the MCP server of a stored account: `URL`, or `NAME at URL`. */
export function mcpLoginCommand(stored: string, { storeOption }: Pick<Settings, 'storeOption'>): string {
  const [, account, server = stored] = /^(?:(.*) at )?(https?:.*)$/s.exec(stored) ?? []
  return write([
    ...['mcp', 'login', server],
    ...(account === undefined ? [] : ['--account', account]),
    ...(storeOption === undefined ? [] : ['--store', storeOption]),
  ])
}

/** Returns where to read about a command, or about all of them. */
export function helpHint(command?: string): string {
  return `See: ${write([...(command === undefined ? [] : [command]), '--help'])}`
}

/** Returns the command that is running, for another provider. */
export function repeatFor(provider: string): string {
  const [command = '', ...options] = process.argv.slice(2)
  return write([command, '--provider', provider, ...options])
}

/** Returns the command that makes a provider the default. */
export const switchCommand = (provider: string): string => write(['switch', provider])

/** Returns the command that is running, so that the user can repeat it. */
export function repeatCommand({ withoutPort = false }: { readonly withoutPort?: boolean } = {}): string {
  const words = process.argv.slice(2)
  const isPort = (at: number): boolean =>
    words[at]?.startsWith('--port=') || words[at] === '--port' || words[at - 1] === '--port'
  return write(withoutPort ? words.filter((_, at) => !isPort(at)) : words)
}

const write = (words: readonly string[]): string => [programName(), ...words.map(shellWord)].join(' ')
