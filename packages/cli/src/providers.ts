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
import { commandLine, helpHint } from './command-line.ts'
import { checkOptions, invalidOption } from './provider-options.ts'
import { checkVariables, isIssuer, type Settings, urlOfHost } from './settings.ts'
import { UsageError } from './usage-error.ts'

type Preset = (options: never) => Provider

/** Adds what core leaves out of its preset, to keep programs small. */
function imgur(options: Parameters<typeof core.imgur>[0]): Provider {
  const provider = core.imgur(options)
  const about = {
    name: 'Imgur',
    docs: 'https://apidocs.imgur.com/',
    register: new URL('/oauth2/addclient', provider.tokenEndpoint).href,
    checked: '2026-11-29',
  }
  return { ...provider, about }
}

/** Every preset, by its name on the command line. */
export const PRESETS: Readonly<Record<string, Preset>> = { ...presets, imgur }

/**
 * Returns the provider of the settings: from a description, a preset, or its issuer's metadata.
 *
 * @throws {UsageError} when the name is unknown, the description is invalid, or an option is unknown, missing or invalid.
 * @throws the errors of `discover`.
 */
export async function providerOf(
  settings: Settings,
  transport: Transport,
  signal?: AbortSignal,
): Promise<Provider> {
  return describedProvider(settings) ?? (await discover(settings.provider, { transport, signal }))
}

/**
 * Returns the provider of the settings if a description or a preset describes it; `undefined` for an issuer.
 *
 * @throws {UsageError} as `providerOf` does.
 */
export function describedProvider(settings: Settings): Provider | undefined {
  const { provider: name, entry, file } = settings
  checkVariables(settings, Object.keys(PRESETS), process.env)
  if (entry.description) {
    checkOptions(settings, undefined)
    return described(settings, entry.description)
  }
  const preset = entry.preset ?? name
  if (Object.hasOwn(PRESETS, preset)) {
    checkOptions(settings, preset)
    const provider = ofPreset(settings, preset)
    return preset === name ? provider : { ...provider, name }
  }
  if (preset === name && isIssuer(name)) {
    checkOptions(settings, undefined)
    return undefined
  }
  const url = preset === name ? urlOfHost(name) : undefined
  throw new UsageError(`unknown provider '${preset}'`, {
    hint: [
      `Use one of ${Object.keys(PRESETS).sort().join(', ')}; the https: URL of an issuer; or a name in ${file}.`,
      ...(url === undefined
        ? []
        : [`If it is an issuer: ${commandLine('login', { ...settings, provider: url }, settings)}`]),
      helpHint('login'),
    ],
  })
}

function described({ provider: name, file }: Settings, description: object): Provider {
  try {
    return defineProvider({ name, ...description } as ProviderDescription)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(`the provider '${name}': ${error.message}`, { hint: `Correct it in ${file}.` })
  }
}

function ofPreset(settings: Settings, preset: string): Provider {
  try {
    return PRESETS[preset]!((settings.entry.options ?? {}) as never)
  } catch (error) {
    const [, option] = (error instanceof TypeError && /^(\w+) must/.exec(error.message)) || []
    throw option ? invalidOption(settings, option, (error as TypeError).message) : error
  }
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
