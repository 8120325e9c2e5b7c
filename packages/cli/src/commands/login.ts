import type { Provider } from '@latchkey/core'
import { ask } from '../ask.ts'
import { clientOf, type Context, type Result, transport } from '../context.ts'
import { keep } from '../keep.ts'
import { chooseWay } from '../login/choose-way.ts'
import { WAYS } from '../login/ways.ts'
import { hasBrowser } from '../open-page.ts'
import { descriptionOf, providerOf } from '../providers.ts'
import type { ProviderEntry } from '../configuration.ts'
import type { Settings } from '../settings.ts'
import { UsageError } from '../usage-error.ts'

/** Signs somebody in. What had to be asked for is kept once it is known to be right. */
export async function run({ settings, options, signal }: Context): Promise<Result> {
  const port = portOf(options['port'])
  const provider = await providerOf(settings, transport, signal)
  const { redirect_uri } = settings.entry
  const way = chooseWay({ grants: provider.grants, hasBrowser: hasBrowser(), redirect_uri, options })
  const asked = await missing(settings, provider, signal)
  const { scope = settings.entry.scope } = options as { readonly scope?: string }
  const entry = { ...settings.entry, ...asked, ...(scope !== undefined && { scope }) }

  await using client = await clientOf({ ...settings, entry }, provider)
  const tokens = await WAYS[way](client, { signal, port })
  await client.settled()
  const learned = { ...asked, ...discovered(settings, provider) }
  if (Object.keys(learned).length > 0) await keep(settings.file, settings.provider, learned)

  const { account_username: username, scope: granted, expires_at } = tokens
  const { account } = settings
  const as = username === undefined ? '' : ` as ${username}`
  return {
    text: `Signed in to ${provider.name}${as}.`,
    json: { provider: provider.name, account, username, scope: granted, expires_at },
  }
}

/** The client's id and secret, as far as nobody has said them yet. */
async function missing(
  { provider: name, entry }: Settings,
  { clientAuthentication }: Provider,
  signal: AbortSignal,
): Promise<Pick<ProviderEntry, 'client_id' | 'client_secret'>> {
  const client_id = entry.client_id ?? (await ask(`client_id at ${name}`, { signal }))
  if (client_id === '')
    throw new UsageError(`${name} gives every application a client_id: register there first`)
  const isSecretMissing = entry.client_secret === undefined && clientAuthentication !== 'none'
  if (!isSecretMissing) return entry.client_id === undefined ? { client_id } : {}
  const client_secret = await ask('client_secret (Enter if it has none)', { hidden: true, signal })
  return { client_id, client_secret }
}

/** What a server said of itself, so that it need not be asked again. */
function discovered({ provider: name, entry }: Settings, provider: Provider): ProviderEntry {
  const isDiscovered = /^https?:\/\//.test(name) && !entry.description && !entry.preset
  return isDiscovered ? { description: descriptionOf(provider) } : {}
}

function portOf(port: unknown): string {
  if (port === undefined) return ''
  if (!/^\d{1,5}$/.test(String(port)) || Number(port) > 65_535 || Number(port) === 0)
    throw new UsageError('--port must be a whole number from 1 to 65535')
  return String(port)
}
