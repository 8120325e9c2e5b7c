import { isDeepStrictEqual } from 'node:util'
import type { ProviderEntry } from './configuration.ts'
import { saveConfiguration } from './save-configuration.ts'

/**
 * Merges `changes` and their options into a provider's entry of the configuration file.
 *
 * @throws {UsageError} when the file cannot be read or written.
 */
export function saveProvider(file: string, provider: string, changes: ProviderEntry): void {
  saveConfiguration(file, configuration => {
    const { providers = {} } = configuration
    const existing = Object.hasOwn(providers, provider) ? providers[provider] : undefined
    const options = changes.options && { options: { ...existing?.options, ...changes.options } }
    // A secret belongs to the client id and the server that it was registered with.
    const isOther =
      changes.client_id !== existing?.client_id || !isDeepStrictEqual(options?.options, existing?.options)
    const { client_secret: _, ...others } = existing ?? {}
    const entry = {
      ...(isOther && changes.client_id !== undefined ? others : existing),
      ...changes,
      ...options,
    }
    return { ...configuration, providers: { ...providers, [provider]: entry } }
  })
}
