import * as core from '@latchkey/core'
import * as helpers from '@latchkey/core/provider'
import * as presets from '@latchkey/providers'
import { defineProvider, discover, type Provider, type ProviderDescription, type Transport } from '@latchkey/core'
import type { Settings } from './settings.ts'
import { UsageError } from './usage-error.ts'

type Preset = (options: never) => Provider

/** The servers that are described. */
export const PRESETS: Readonly<Record<string, Preset>> = { ...presets, imgur: core.imgur }

/**
 * The provider that the settings name: by a description, as a described server, or by its issuer.
 *
 * @throws {UsageError} when there is none of that name, or its description is wrong.
 * @throws what `discover` throws.
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
    throw error instanceof TypeError ? new UsageError(`the provider '${name}': ${error.message}`) : error
  }
  throw new UsageError(
    `there is no provider '${name}': it is none of ${Object.keys(PRESETS).join(', ')}, no https: URL of an issuer, and not in ${file}`,
  )
}

/** A provider that was discovered, as a description to be kept, so that it is asked for its metadata once. */
export function descriptionOf(provider: Provider): Readonly<Record<string, unknown>> {
  const { clientAuthentication, pkce, revocation: _, ...plain } = provider
  return {
    ...plain,
    clientAuthentication:
      clientAuthentication === helpers.clientSecretBasic ? 'client_secret_basic' : clientAuthentication,
    pkce: pkce ? 'S256' : 'none',
  }
}
