import { isIssuer, type Settings } from './settings.ts'

/**
 * Returns the provider's name in its store keys, without creating the provider; `undefined` if the name depends on its
 * server or options.
 */
export function storedName({ provider, entry }: Pick<Settings, 'provider' | 'entry'>): string | undefined {
  const { description, preset = provider, options = {} } = entry
  const hasOptions = Object.keys(options).length > 0
  if (description && hasOptions) return undefined // an error, which the full program reports
  if (description) return typeof description['name'] === 'string' ? description['name'] : provider
  if (preset !== provider) return provider
  if (isIssuer(provider)) return undefined
  return hasOptions ? undefined : provider
}
