import type { Client, Provider } from '@latchkey/core'
import { prompt } from '../prompt.ts'
import { clientOf, type Context, openStore, type Result, transport } from '../context.ts'
import { planOfSave, type SavePlan } from '../login/plan-of-save.ts'
import { saveProvider } from '../save-provider.ts'
import { checkWritable } from '../save-configuration.ts'
import { chooseMethod, type SignInMethod } from '../login/choose-method.ts'
import { checkStore } from '../login/check-store.ts'
import { LOOPBACK_URI, portOf, SIGN_IN_METHODS } from '../login/methods.ts'
import { hasBrowser } from '../open-page.ts'
import { descriptionOf, providerOf } from '../providers.ts'
import type { ProviderEntry } from '../configuration.ts'
import { type OptionValues, repeatCommand } from '../command-line.ts'
import { parseOptions } from '../provider-options.ts'
import { entryOf, isIssuer, type Settings, variableOf } from '../settings.ts'
import { printLine } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

/** Signs a user in. Once the sign-in has succeeded, saves the client, the server and the options that it used. */
export async function run({ settings: configured, options, signal }: Context): Promise<Result> {
  const port = portOf(options['port'])
  const preset = configured.entry.preset ?? configured.provider
  const typed = parseOptions(preset, (options['option'] ?? []) as readonly string[])
  const settings = withOptions(configured, typed)
  const provider = await providerOf(settings, transport, signal)
  const { redirect_uri } = settings.entry
  const method = chooseMethod({ grants: provider.grants, hasBrowser: hasBrowser(), redirect_uri, options })
  const plan = planOfSave(settings, { typed, discovered: discoveredEntry(settings, provider) })

  // Before the user is asked for anything.
  if (plan.isChange) checkWritable(settings.file)
  await checkStore(await openStore(settings.store))

  const prompted = method === 'withToken' ? configuredClient(settings) : await askForClient()
  const { scope = settings.entry.scope } = options as { readonly scope?: string }
  const entry = { ...settings.entry, ...prompted, ...(scope !== undefined && { scope }) }

  await using client = await clientOf({ ...settings, entry }, provider)
  if (!(await mayReplace(client, settings, { isAsked: !options['yes'] && method !== 'withToken', signal })))
    return {
      lines: ['Nothing was changed.'],
      json: { provider: settings.provider, account: settings.account },
    }
  const tokens = await SIGN_IN_METHODS[method](client, { signal, port })
  await client.settled()
  save(settings, plan, prompted)

  const { account_username: username, scope: granted, expires_at } = tokens
  const { account } = settings
  const as = username === undefined ? '' : ` as ${username}`
  return {
    lines: [`Signed in to ${settings.provider}${as}.`],
    json: { provider: settings.provider, account, username, scope: granted, expires_at },
  }

  function askForClient(): ReturnType<typeof promptForClient> {
    showRegistration(provider, method, settings, port)
    return promptForClient(settings, provider, signal)
  }
}

/** Returns settings with typed options. Others than the saved ones may name another server, which must not get the saved client. */
function withOptions(settings: Settings, typed: OptionValues): Settings {
  if (Object.keys(typed).length === 0) return settings
  const { options: saved = {}, ...entry } = settings.entry
  const options = { ...saved, ...typed }
  const isSame = Object.entries(typed).every(([name, value]) => saved[name] === value)
  if (isSame) return { ...settings, entry: { ...entry, options } }
  const { client_id: _, client_secret: __, ...others } = entry
  return { ...settings, entry: { ...others, ...entryOf(settings.provider, {}, process.env), options } }
}

/** Returns whether to sign in. If the account is signed in, it says so, and asks at a terminal. */
async function mayReplace(
  client: Client,
  { provider, account }: Settings,
  { isAsked, signal }: { readonly isAsked: boolean; readonly signal: AbortSignal },
): Promise<boolean> {
  if ((await client.status()).status !== 'live') return true
  const { account_username: username } = (await client.tokens()) ?? {}
  const as = username === undefined ? '' : ` as ${username}`
  printLine(`The account ${account} of ${provider} is already signed in${as}. A new sign-in replaces it.`)
  if (!isAsked || !process.stdin.isTTY || !process.stderr.isTTY) return true
  return /^y(es)?$/i.test(await prompt('Sign in again? (y/N)', { signal }))
}

function save(
  { file, provider, entry }: Settings,
  { isKept, changes }: SavePlan,
  prompted: ProviderEntry,
): void {
  if (isKept) {
    printLine(
      `${file} has another client for ${provider}, which stays: ${variableOf(provider, 'CLIENT_ID')} must be ${entry.client_id} to use this sign-in.`,
    )
    return
  }
  try {
    saveProvider(file, provider, { ...changes, ...prompted })
  } catch (error) {
    const { message } = error as UsageError
    throw new UsageError(`signed in, but the client and the options are not saved: ${message}`, {
      hint: `Make the file writable, then repeat: ${repeatCommand()}`,
    })
  }
}

/** Shows where to register an application, and with which redirect URI. */
function showRegistration(
  { about }: Provider,
  method: SignInMethod,
  { provider, entry, file }: Settings,
  port: string,
): void {
  if (about) printLine(`Applications are registered at ${about.register}`)
  const loopback = port
    ? LOOPBACK_URI.replace('127.0.0.1', `127.0.0.1:${port}`)
    : `${LOOPBACK_URI} (with any port; if the server wants one, choose it by --port)`
  const unregistered = {
    loopback,
    paste: `the one that you registered. Save it as redirect_uri of ${provider} in ${file}`,
  }
  if (method === 'loopback' || method === 'paste')
    printLine(`Redirect URI of the application: ${entry.redirect_uri ?? unregistered[method]}`)
}

/** Prompts for the client id and secret that are not configured. */
async function promptForClient(
  { provider: name, entry }: Settings,
  { clientAuthentication }: Provider,
  signal: AbortSignal,
): Promise<Pick<ProviderEntry, 'client_id' | 'client_secret'>> {
  const client_id = entry.client_id ?? (await prompt(`client_id at ${name}`, { signal }))
  if (client_id === '')
    throw new UsageError(`client_id is empty: register an application at ${name} to get one`)
  const isSecretMissing = entry.client_secret === undefined && clientAuthentication !== 'none'
  if (!isSecretMissing) return entry.client_id === undefined ? { client_id } : {}
  const client_secret = await prompt('client_secret (Enter if it has none)', {
    hidden: true,
    optional: true,
    signal,
  })
  return { client_id, client_secret }
}

/** Checks that a client is configured: the input holds tokens, so nothing can be typed. */
function configuredClient({ provider, entry, file }: Settings): ProviderEntry {
  if (entry.client_id !== undefined) return {}
  throw new UsageError(`no client_id is configured for ${provider}`, {
    hint: `Set ${variableOf(provider, 'CLIENT_ID')} to the client that the tokens belong to, or add it to ${file}.`,
  })
}

/** Returns the discovered metadata, so that it is requested only once. */
function discoveredEntry({ provider: name, entry }: Settings, provider: Provider): ProviderEntry {
  const isDiscovered = isIssuer(name) && !entry.description && !entry.preset
  return isDiscovered ? { description: descriptionOf(provider) } : {}
}
