import type { Settings } from './settings.ts'

/**
 * Returns the provider's name in its store keys, without creating the provider; `undefined` if the name depends on its
 * server or options.
 */
export function storedName({ provider, entry }: Pick<Settings, 'provider' | 'entry'>): string | undefined {
  const { description, preset = provider, options = {} } = entry
  if (description) return typeof description['name'] === 'string' ? description['name'] : provider
  if (preset !== provider) return provider
  if (/^https?:\/\//.test(provider)) return undefined
  return Object.keys(options).length === 0 ? provider : undefined
}
