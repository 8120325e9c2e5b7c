import { Client, SignedOutError, type Provider, type TokenStore, type Transport } from '@latchkey/core'
import type { Logger } from '@latchkey/core/ports'
import { fetchTransport } from '@latchkey/transport-fetch'
import { describedProvider, providerOf } from './providers.ts'
import { openFiles } from './keychain.ts'
import { type Line, printLine } from './terminal.ts'
import { inUserWords } from './user-words.ts'
import type { Settings, StoreSettings } from './settings.ts'

/** The input of a command. */
export interface Context {
  readonly settings: Settings
  /** The command's own options and its argument. */
  readonly options: Readonly<Record<string, unknown>>
  readonly argument: string | undefined
  /** The command line after the command. */
  readonly args: readonly string[]
  /** Aborts when the user presses Ctrl+C. */
  readonly signal: AbortSignal
}

/** The output of a command: lines for users, or exact text; data for `--json`. */
export interface Result {
  /** Sentences: wrapped at a terminal. */
  readonly lines?: readonly Line[]
  /** Text that is printed as it is, for programs or in columns. */
  readonly text?: string
  readonly json: object
  /** The exit code. Default 0. */
  readonly exit?: number
}

export const transport: Transport = fetchTransport()

export const logger: Logger = { warn: (message: string): void => printLine(inUserWords(message)) }

/** Opens the store of the settings. */
export async function openStore(settings: StoreSettings): Promise<TokenStore> {
  if ('directory' in settings) {
    const { directory, keychain = 'off' } = settings
    return openFiles({ directory, logger }, keychain)
  }
  const { RedisTokenStore } = await import('@latchkey/storage-redis')
  return new RedisTokenStore({ logger, ...settings.redis } as never)
}

/** Opens the client of the settings. Close it, so that the program ends. */
export async function openClient({
  settings,
  signal,
}: Pick<Context, 'settings' | 'signal'>): Promise<Client> {
  const { provider, entry } = settings
  describedProvider(settings) // an unknown provider is the first problem
  if (entry.client_id === undefined)
    throw new SignedOutError({ message: `no client_id is configured for ${provider}` })
  return clientOf(settings, await providerOf(settings, transport, signal))
}

/** Returns the client of the settings for a known provider. */
export async function clientOf({ entry, account, store }: Settings, provider: Provider): Promise<Client> {
  const { client_id, client_secret, redirect_uri, scope } = entry
  return new Client({
    client_id,
    client_secret,
    redirect_uri,
    scope,
    account,
    provider,
    transport,
    logger,
    store: await openStore(store),
    requireState: true,
    offline: true,
  })
}
