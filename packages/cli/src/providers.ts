import * as core from '@latchkey/core'
import * as helpers from '@latchkey/core/provider'
import * as presets from '@latchkey/providers'
import {
  defineProvider,
  discover,
  type Provider,
  type ProviderDescription,
  type Transport,
} from '@latchkey/core'
import type { Settings } from './settings.ts'
import { UsageError } from './usage-error.ts'

type Preset = (options: never) => Provider

/** The presets of core. */
export const PRESETS: Readonly<Record<string, Preset>> = { ...presets, imgur: core.imgur }

/**
 * Returns the provider of the settings: from a description, a preset, or its issuer's metadata.
 *
 * @throws {UsageError} when the name is unknown or the description is invalid.
 * @throws the errors of `discover`.
 */
export async function providerOf(
  { provider: name, entry, file }: Settings,
  transport: Transport,
  signal?: AbortSignal,
): Promise<Provider> {
  try {
    if (entry.description)
      return defineProvider({ name, ...entry.description } as unknown as ProviderDescription)
    const preset = entry.preset ?? name
    if (Object.hasOwn(PRESETS, preset)) {
      const provider = PRESETS[preset]!((entry.options ?? {}) as never)
      return preset === name ? provider : { ...provider, name }
    }
    if (/^https?:\/\//.test(name)) return await discover(name, { transport, signal })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const [option] = /^(\w+) must/.exec(error.message)?.slice(1) ?? []
    const hint = option && !entry.description ? `: pass --option ${option}=<value> to latchkey login` : ''
    throw new UsageError(`the provider '${name}': ${error.message}${hint}`)
  }
  throw new UsageError(
    `unknown provider '${name}': use one of ${Object.keys(PRESETS).join(', ')}, the https: URL of an issuer, or a name in ${file}`,
  )
}

/** Returns a discovered provider as a description to save, so that its metadata is requested only once. */
export function descriptionOf(provider: Provider): Readonly<Record<string, unknown>> {
  const { clientAuthentication, pkce, revocation: _, authenticate: __, ...plain } = provider
  return {
    ...plain,
    clientAuthentication:
      clientAuthentication === helpers.clientSecretBasic ? 'client_secret_basic' : clientAuthentication,
    pkce: pkce ? 'S256' : 'none',
  }
}
