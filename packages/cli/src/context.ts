import { Client, type Provider, type TokenStore, type Transport } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { fetchTransport } from '@latchkey/transport-fetch'
import { providerOf } from './providers.ts'
import { say } from './terminal.ts'
import type { Settings, StoreSettings } from './settings.ts'

/** What a command works with. */
export interface Context {
  readonly settings: Settings
  /** The command's own options and its argument. */
  readonly options: Readonly<Record<string, unknown>>
  readonly argument: string | undefined
  /** The command line after the command. */
  readonly words: readonly string[]
  /** Aborts when the person presses Ctrl+C. */
  readonly signal: AbortSignal
}

/** What a command comes to: words for people, data for `--json`. */
export interface Result {
  readonly text: string
  readonly json: object
  /** Another than 0. */
  readonly exit?: number
}

export const transport: Transport = fetchTransport()

const logger = { warn: (message: string): void => say(message) }

/** The store that the settings name. */
export async function openStore(settings: StoreSettings): Promise<TokenStore> {
  if ('directory' in settings) return new FileTokenStore({ ...settings, logger })
  const { RedisTokenStore } = await import('@latchkey/storage-redis')
  return new RedisTokenStore({ logger, ...settings.redis } as never)
}

/** The client that the settings describe. Close it, so that the program ends. */
export async function openClient({
  settings,
  signal,
}: Pick<Context, 'settings' | 'signal'>): Promise<Client> {
  return clientOf(settings, await providerOf(settings, transport, signal))
}

/** The same for a provider that is known. */
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
  })
}
