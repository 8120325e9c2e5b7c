// What is to be done for whom: the command line goes before the environment, which goes before the configuration
// file. Read on every call of `latchkey token`, so that nothing is imported here that takes long to load.
import { resolve } from 'node:path'
import { defaultDirectory } from '@latchkey/storage-fs'
import {
  type Configuration,
  configurationFile,
  type ProviderEntry,
  readConfiguration,
} from './configuration.ts'
import { UsageError } from './usage-error.ts'

/** What the command line says that every command understands. */
export interface CommonOptions {
  readonly provider?: string | undefined
  readonly account?: string | undefined
  readonly store?: string | undefined
}

/** Where tokens are kept. */
export type StoreSettings =
  { readonly directory: string } | { readonly redis: Readonly<Record<string, unknown>> }

export interface Settings {
  /** The configuration file, there or not. */
  readonly file: string
  /** What the command line calls the provider: a described one, one of the file's, or an issuer's URL. */
  readonly provider: string
  readonly entry: ProviderEntry
  readonly account: string
  readonly store: StoreSettings
}

export type Environment = Readonly<Record<string, string | undefined>>

/** @throws {UsageError} when the configuration file or an option is not what it must be. */
export function settingsOf(options: CommonOptions, env: Environment): Settings {
  const file = configurationFile(env)
  const configuration = readConfiguration(file)
  const provider = options.provider ?? env['LATCHKEY_PROVIDER'] ?? configuration.provider ?? 'imgur'
  return {
    file,
    provider,
    entry: entryOf(provider, configuration, env),
    account: options.account ?? env['LATCHKEY_ACCOUNT'] ?? configuration.account ?? 'default',
    store: storeOf(options.store, env['LATCHKEY_STORE'], configuration),
  }
}

/** The variables of a provider begin with its name: `IMGUR_CLIENT_ID`, `GITHUB_CLIENT_SECRET`, `ACME_URL`. */
export function variableOf(provider: string, name: 'CLIENT_ID' | 'CLIENT_SECRET' | 'URL'): string {
  const words = provider.replace(/^https?:\/\//, '').match(/[A-Za-z0-9]+/g) ?? []
  return [...words, name].join('_').toUpperCase()
}

function entryOf(provider: string, { providers = {} }: Configuration, env: Environment): ProviderEntry {
  const entry = Object.hasOwn(providers, provider) ? providers[provider] : undefined
  const said = (name: 'CLIENT_ID' | 'CLIENT_SECRET' | 'URL'): string | undefined =>
    env[variableOf(provider, name)] || undefined
  const [client_id, client_secret, baseUrl] = [said('CLIENT_ID'), said('CLIENT_SECRET'), said('URL')]
  // A secret belongs to the id that it was registered with.
  const { client_secret: kept, ...others } = entry ?? {}
  const isOther = client_id !== undefined && client_id !== entry?.client_id
  const secret = client_secret ?? (isOther ? undefined : kept)
  return {
    ...others,
    ...(client_id !== undefined && { client_id }),
    ...(secret !== undefined && { client_secret: secret }),
    ...(baseUrl !== undefined && { options: { ...entry?.options, baseUrl } }),
  }
}

function storeOf(
  option: string | undefined,
  variable: string | undefined,
  configuration: Configuration,
): StoreSettings {
  if (option !== undefined) {
    if (hasPassword(option))
      throw new UsageError(
        'a password on the command line can be read by every user of this machine: LATCHKEY_STORE or the configuration file may hold it',
      )
    return storeAt(option)
  }
  if (variable) return storeAt(variable)
  const { store } = configuration
  return typeof store === 'object' ? store : storeAt(store ?? defaultDirectory())
}

/** A store by its address: Redis's URL, or a folder. */
function storeAt(address: string): StoreSettings {
  if (address === '') throw new UsageError('--store must be a folder or a redis: URL')
  return /^rediss?:/i.test(address) ? { redis: { url: address } } : { directory: resolve(address) }
}

/** Whether anything but a user's name stands before the host. */
function hasPassword(address: string): boolean {
  return /^rediss?:\/\/.*@/is.test(address) && !/^rediss?:\/\/[^:@/?#]*@[^@]*$/i.test(address)
}
