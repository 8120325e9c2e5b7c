import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ProviderEntry, readConfiguration } from './configuration.ts'
import { UsageError } from './usage-error.ts'

/**
 * Merges `changes` and their options into a provider's entry of the configuration file, atomically and with mode 0600. It is
 * synchronous, so Ctrl+C does not interrupt it.
 *
 * @throws {UsageError} when the file cannot be read or written.
 */
export function saveProvider(file: string, provider: string, changes: ProviderEntry): void {
  const configuration = readConfiguration(file)
  const { providers = {} } = configuration
  const existing = Object.hasOwn(providers, provider) ? providers[provider] : undefined
  const options = changes.options && { options: { ...existing?.options, ...changes.options } }
  const entry = { ...existing, ...changes, ...options }
  const next = { ...configuration, providers: { ...providers, [provider]: entry } }
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    replaceFile(file, `${JSON.stringify(next, null, 2)}\n`)
  } catch (error) {
    throw new UsageError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code})`)
  }
}

function replaceFile(file: string, text: string): void {
  const temporary = `${file}.${randomUUID()}`
  try {
    const descriptor = openSync(temporary, 'wx', 0o600)
    try {
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
