// Settings: the command line overrides the environment, which overrides the configuration file. Every call of `latchkey
// token` loads this, so nothing slow to load is imported here.
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { defaultDirectory } from '@latchkey/storage-fs'
import {
  type Configuration,
  configurationFile,
  type KeychainState,
  type ProviderEntry,
  readConfiguration,
} from './configuration.ts'
import { UsageError } from './usage-error.ts'

/** The options of every command. */
export interface CommonOptions {
  readonly provider?: string | undefined
  readonly account?: string | undefined
  readonly store?: string | undefined
}

/** The store of the tokens. */
export type StoreSettings =
  | {
      readonly directory: string
      /** Absent if the files are not encrypted. */
      readonly keychain?: KeychainState
    }
  | { readonly redis: Readonly<Record<string, unknown>> }

export interface Settings {
  /** The path of the configuration file, which may not exist. */
  readonly file: string
  /** The provider on the command line: a preset, a name in the file, or an issuer's URL. */
  readonly provider: string
  readonly entry: ProviderEntry
  readonly account: string
  readonly store: StoreSettings
  /** What a command uses without `--provider` and `--account`. */
  readonly defaults: { readonly provider: string; readonly account: string }
  /** The other providers that have a client in the configuration file. */
  readonly others: readonly string[]
  /** `--store` of the command line. */
  readonly storeOption: string | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

/** @throws {UsageError} when the configuration file or an option is invalid. */
export function settingsOf(options: CommonOptions, env: Environment): Settings {
  const file = configurationFile(env)
  const configuration = readConfiguration(file)
  const defaults = {
    provider: env['LATCHKEY_PROVIDER'] || (configuration.provider ?? 'imgur'),
    account: env['LATCHKEY_ACCOUNT'] || (configuration.account ?? 'default'),
  }
  const { provider = defaults.provider, account = defaults.account, store: storeOption } = options
  for (const [name, value] of Object.entries({ provider, account, store: storeOption ?? '' }))
    if (/[\p{Cc}\p{Cs}]/u.test(value))
      throw new UsageError(`the name of the ${name} has a control character: '${value}'`)
  checkVariables({ provider, file }, Object.keys(configuration.providers ?? {}), env)
  return {
    file,
    provider,
    entry: entryOf(provider, configuration, env),
    account,
    store: storeOf(storeOption, env['LATCHKEY_STORE'], configuration),
    defaults,
    others: Object.entries(configuration.providers ?? {})
      .filter(([name, { client_id }]) => name !== provider && client_id)
      .map(([name]) => name)
      .sort(),
    storeOption,
  }
}

/** Returns the name of a provider's variable, such as `IMGUR_CLIENT_ID`, `GITHUB_CLIENT_SECRET` or `ACME_URL`. */
export function variableOf(provider: string, name: 'CLIENT_ID' | 'CLIENT_SECRET' | 'URL'): string {
  const words = provider.replace(/^https?:\/\//, '').match(/[A-Za-z0-9]+/g) ?? []
  return [...words, name].join('_').toUpperCase()
}

/**
 * Checks that no variable that is set belongs to several providers, such as `ACME_X_CLIENT_ID` to `acme-x` and `acme_x`.
 *
 * @throws {UsageError} when one does.
 */
export function checkVariables(
  { provider, file }: Pick<Settings, 'provider' | 'file'>,
  names: readonly string[],
  env: Environment,
): void {
  for (const name of ['CLIENT_ID', 'CLIENT_SECRET', 'URL'] as const) {
    const variable = variableOf(provider, name)
    const other = names.find(other => other !== provider && variableOf(other, name) === variable)
    if (env[variable] && other !== undefined)
      throw new UsageError(`${variable} is the variable of two providers: '${provider}' and '${other}'`, {
        hint: `Unset ${variable} and configure both in ${file}, or rename one of them there.`,
      })
  }
}

/** Returns a provider's entry of the configuration file, overridden by its variables. */
export function entryOf(
  provider: string,
  { providers = {} }: Configuration,
  env: Environment,
): ProviderEntry {
  const entry = Object.hasOwn(providers, provider) ? providers[provider] : undefined
  const isPreset = !entry?.description && !isIssuer(provider)
  const read = (name: 'CLIENT_ID' | 'CLIENT_SECRET' | 'URL'): string | undefined =>
    env[variableOf(provider, name)] || undefined
  const [client_id, client_secret, baseUrl] = [read('CLIENT_ID'), read('CLIENT_SECRET'), read('URL')]
  // A secret belongs to the id that it was registered with.
  const { client_secret: kept, ...others } = entry ?? {}
  const isOtherClient = client_id !== undefined && client_id !== entry?.client_id
  const secret = client_secret ?? (isOtherClient ? undefined : kept)
  return {
    ...others,
    ...(client_id !== undefined && { client_id }),
    ...(secret !== undefined && { client_secret: secret }),
    ...(isPreset && baseUrl !== undefined && { options: { ...entry?.options, baseUrl } }),
  }
}

/** Returns whether a provider's name is the URL of an issuer. */
export const isIssuer = (provider: string): boolean => /^https?:\/\//.test(provider)

/** Returns the URL that a host without a scheme stands for: `http:` on this machine. */
export function urlOfHost(name: string): string | undefined {
  if (!/^(?:[\w-]+\.)*[\w-]+(?::\d+|\.[a-z]{2,})(?:\/\S*)?$/i.test(name)) return undefined
  return `${/^(?:localhost|127\.0\.0\.1)\b/.test(name) ? 'http' : 'https'}://${name}`
}

function storeOf(
  option: string | undefined,
  variable: string | undefined,
  configuration: Configuration,
): StoreSettings {
  if (option !== undefined) {
    if (hasPassword(option))
      throw new UsageError(
        'every user of this machine can read a password on the command line: put it into LATCHKEY_STORE or the configuration file',
      )
    return storeAt(option, configuration)
  }
  if (variable) return storeAt(variable, configuration)
  const { store } = configuration
  return typeof store === 'object' ? store : storeAt(store ?? defaultDirectory(), configuration)
}

/** Returns a store by its address: a Redis URL, or a folder. */
function storeAt(address: string, { keychain }: Configuration): StoreSettings {
  if (address === '') throw new UsageError('--store must be a folder or a redis: URL')
  if (/^rediss?:/i.test(address)) return { redis: { url: address } }
  const directory = resolve(address)
  const state = keychain?.[realPathOf(directory)]
  return state === undefined ? { directory } : { directory, keychain: state }
}

/** Returns the path of a folder without links, if it exists. */
export function realPathOf(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

/** Returns whether a URL contains more than a user name before the host. */
function hasPassword(address: string): boolean {
  return /^rediss?:\/\/.*@/is.test(address) && !/^rediss?:\/\/[^:@/?#]*@[^@]*$/i.test(address)
}
