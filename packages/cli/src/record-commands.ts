// Finds the command that signs in to an account of the store. A store key has the provider's name with its server, such as
// `shopify.example`, which is not a name on the command line.
import type { TokenRecord } from '@latchkey/core/keeper'
import { readConfiguration } from './configuration.ts'
import { commandLine, mcpLoginCommand } from './command-line.ts'
import { optionsOf } from './preset-options.ts'
import { loginWithExamples } from './provider-options.ts'
import { describedProvider, PRESETS } from './providers.ts'
import { entryOf, isIssuer, type Settings, urlOfHost, variableOf } from './settings.ts'
import { UsageError } from './usage-error.ts'

/** Returns the names of providers on the command line, by their names in store keys. */
export function commandNames(settings: Settings): ReadonlyMap<string, string> {
  const { providers = {} } = readConfiguration(settings.file)
  const candidates = [settings.provider, ...Object.keys(providers), ...Object.keys(PRESETS)]
  const names = new Map<string, string>()
  for (const name of candidates) {
    const stored = nameInStore(settingsFor(name, settings))
    if (stored !== undefined && !names.has(stored)) names.set(stored, name)
  }
  return names
}

function nameInStore(settings: Settings): string | undefined {
  try {
    return (describedProvider(settings) ?? { name: settings.provider.replace(/^https?:\/\//, '') }).name
  } catch (error) {
    if (error instanceof UsageError) return undefined // its options are not configured
    throw error
  }
}

const settingsFor = (provider: string, settings: Settings): Settings => ({
  ...settings,
  provider,
  entry: entryOf(provider, readConfiguration(settings.file), process.env),
})

/** Returns how to sign in to the account of a record, whose provider has the name `name` on the command line, if any. */
export function howToSignIn(
  { provider: stored, client_id, account }: TokenRecord,
  name: string | undefined,
  settings: Settings,
): string {
  if (stored.startsWith('mcp:')) return mcpLoginCommand(account, settings)
  const [product = ''] = stored.split('.')
  // The store knows a discovered server by its host.
  const issuer = Object.hasOwn(PRESETS, product) ? undefined : urlOfHost(stored)
  const known = name ?? (isIssuer(stored) ? stored : issuer)
  if (known !== undefined) {
    const { entry } = settingsFor(known, settings)
    const command = commandLine('login', { provider: known, account }, settings)
    const isOtherClient = entry.client_id !== undefined && entry.client_id !== client_id
    return isOtherClient
      ? `set ${variableOf(known, 'CLIENT_ID')} to ${client_id}, then run: ${command}`
      : command
  }
  const { needs, takes } = optionsOf(product)
  const options = Object.keys(needs).length > 0 ? needs : takes
  if (Object.keys(options).length === 0)
    return `add a provider with the name ${stored} to ${settings.file}, then sign in`
  return loginWithExamples({ ...settingsFor(product, settings), account }, Object.keys(options))
}
