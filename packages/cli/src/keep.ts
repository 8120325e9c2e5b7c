import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ProviderEntry, readConfiguration } from './configuration.ts'

/**
 * Writes what was learned of a provider into the configuration file, mode 0600: all of it, or nothing.
 *
 * @throws {UsageError} when the file that is there cannot be read.
 */
export async function keep(file: string, provider: string, learned: ProviderEntry): Promise<void> {
  const configuration = readConfiguration(file)
  const { providers = {} } = configuration
  const known = Object.hasOwn(providers, provider) ? providers[provider] : undefined
  const next = { ...configuration, providers: { ...providers, [provider]: { ...known, ...learned } } }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const prepared = `${file}.${randomUUID()}`
  try {
    const handle = await open(prepared, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(next, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(prepared, file)
  } catch (error) {
    await rm(prepared, { force: true })
    throw error
  }
}
