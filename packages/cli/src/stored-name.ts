import type { Settings } from './settings.ts'

/**
 * The provider's name in the keys that its tokens are stored under, as far as it can be told without making the
 * provider: `undefined` where its server or its options have a say in it.
 */
export function storedName({ provider, entry }: Pick<Settings, 'provider' | 'entry'>): string | undefined {
  const { description, preset = provider, options = {} } = entry
  if (description) return typeof description['name'] === 'string' ? description['name'] : provider
  if (preset !== provider) return provider
  if (/^https?:\/\//.test(provider)) return undefined
  return preset === 'imgur' || Object.keys(options).length === 0 ? provider : undefined
}
