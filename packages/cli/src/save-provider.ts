import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ProviderEntry, readConfiguration } from './configuration.ts'

/**
 * Merges `changes` into a provider's entry of the configuration file, atomically and with mode 0600.
 *
 * @throws {UsageError} when the existing file cannot be read.
 */
export async function saveProvider(file: string, provider: string, changes: ProviderEntry): Promise<void> {
  const configuration = readConfiguration(file)
  const { providers = {} } = configuration
  const existing = Object.hasOwn(providers, provider) ? providers[provider] : undefined
  const next = { ...configuration, providers: { ...providers, [provider]: { ...existing, ...changes } } }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${randomUUID()}`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(next, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
