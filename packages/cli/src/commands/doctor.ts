import type { Client, TokenStore } from '@latchkey/core'
import { existsSync } from 'node:fs'
import { clientOf, type Context, openStore, type Result, transport } from '../context.ts'
import { DOCTOR_FOUND_PROBLEM } from '../exits.ts'
import { keychainCommand } from '../command-line.ts'
import { hintFor, loginCommand } from '../hints.ts'
import { encryptionOf } from '../place-of-account.ts'
import { describedProvider, providerOf } from '../providers.ts'
import { commandNames, howToSignIn } from '../record-commands.ts'
import { readRecords } from '../records.ts'
import { type Settings, type StoreSettings, variableOf } from '../settings.ts'
import { type Line, paint, showProgress } from '../terminal.ts'
import { inUserWords } from '../user-words.ts'
import { UsageError } from '../usage-error.ts'
import { identify } from '../identify.ts'
import { describe } from '../descriptions.ts'

/** The result of one check. */
interface Finding {
  readonly topic: string
  readonly isGood: boolean
  readonly message: string
  /** What the user can do, in lines. */
  readonly action?: readonly string[] | undefined
}

/** Checks the configuration, the store and the server, and shows what to do about problems. */
export async function run(context: Context): Promise<Result> {
  const { settings } = context
  const problem = problemOf(settings)
  const findings = [
    checkConfig(settings, problem),
    ...(await checkStore(settings, problem)),
    ...(problem ? [] : await checkServer(context)),
  ]
  const isWell = findings.every(({ isGood }) => isGood)
  const lines = findings.flatMap<Line>(({ topic, isGood, message, action }) => {
    const mark = isGood ? paint('green', 'ok') : paint('red', '!!')
    const todo = (action ?? []).map((line, at) => `   ${at === 0 ? '->' : '  '} ${line}`)
    return [[mark, ` ${topic}: ${message}`], ...todo]
  })
  return {
    lines: [...lines, ...(isWell ? ['No problems found.'] : [])],
    json: {
      isWell,
      findings: findings.map(({ action, ...rest }) => ({ ...rest, action: action?.join('\n') })),
    },
    exit: isWell ? 0 : DOCTOR_FOUND_PROBLEM,
  }
}

/** Returns why the provider of the settings cannot be used, if so. No sign-in is possible until the user corrects it. */
function problemOf(settings: Settings): UsageError | undefined {
  try {
    describedProvider(settings)
    return undefined
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
}

function checkConfig(settings: Settings, problem: UsageError | undefined): Finding {
  const { file, provider, entry } = settings
  const topic = 'configuration'
  const where = existsSync(file) ? file : `none at ${file}`
  if (problem) return { topic, isGood: false, message: `${where}; ${problem.message}`, action: problem.hint }
  const { client_id, client_secret } = entry
  if (client_id === undefined)
    return {
      topic,
      isGood: false,
      message: `${where}; no client_id for ${provider}`,
      action: [`set ${variableOf(provider, 'CLIENT_ID')}, or run: ${loginCommand(settings)}`],
    }
  const secret =
    client_secret === undefined
      ? 'secret not configured'
      : client_secret
        ? 'with a secret'
        : 'without a secret'
  return { topic, isGood: true, message: `${where}; client ${client_id} at ${provider}, ${secret}` }
}

/** Checks every account in the store. */
async function checkStore(settings: Settings, problem: UsageError | undefined): Promise<readonly Finding[]> {
  const { store: place, provider: configured, account, entry } = settings
  const topic = 'store'
  const where = 'directory' in place ? `files in ${place.directory}${encryptionOf(place)}` : 'Redis'
  let store: TokenStore | undefined
  try {
    store = await openStore(place)
    const records = await readRecords(store)
    const count = `${records.length} account${records.length === 1 ? '' : 's'}`
    const names = commandNames(settings)
    const accounts = records.map((record): Finding => {
      const { account, tokens } = record
      const provider = names.get(record.provider) ?? record.provider
      const { status, isGood, message, action } = describe(record)
      const user = tokens.account_username === undefined ? '' : ` (${tokens.account_username})`
      return {
        topic: `${provider}, account ${account}${user}`,
        isGood: isGood || status === 'signedOut', // the user wanted that
        message,
        action:
          action === 'login'
            ? [howToSignIn(record, names.get(record.provider), settings)]
            : action && ['try again later, or check the account at the provider'],
      }
    })
    const isThere = records.some(
      record =>
        (names.get(record.provider) ?? record.provider) === configured &&
        record.account === account &&
        record.client_id === entry.client_id,
    )
    const absent = {
      topic: `${configured}, account ${account}`,
      ...describe(undefined),
      action: [loginCommand(settings)],
    }
    return [
      storeFinding(place, `${where}, ${count}`, settings),
      ...accounts,
      ...(isThere || problem ? [] : [absent]),
    ]
  } catch (error) {
    const action = hintFor(error, { command: 'doctor', settings: undefined })
    return [{ topic, isGood: false, message: `${where}: ${inUserWords((error as Error).message)}`, action }]
  } finally {
    await store?.close?.()
  }
}

/** Returns the finding of a store that can be read. A move of its tokens may have been interrupted. */
function storeFinding(place: StoreSettings, message: string, settings: Settings): Finding {
  const state = 'directory' in place ? place.keychain : undefined
  const isMoving = state === 'turning-on' || state === 'turning-off'
  return {
    topic: 'store',
    isGood: !isMoving,
    message,
    action: isMoving ? [keychainCommand(state === 'turning-on' ? 'on' : 'off', settings)] : undefined,
  }
}

/** Checks whether the server responds, and whether its API accepts the stored token. */
async function checkServer({ settings, signal }: Context): Promise<readonly Finding[]> {
  const topic = settings.provider
  try {
    const provider = await providerOf(settings, transport, signal)
    const { origin } = new URL(provider.tokenEndpoint)
    const { status } = await showProgress(
      `Connecting to ${origin}`,
      transport.send({ method: 'GET', url: provider.tokenEndpoint, headers: {} }, { signal }),
    )
    const response = { topic, isGood: status < 500, message: `${origin} responds (HTTP ${status})` }
    if (!response.isGood) return [{ ...response, action: ['the server has a problem: try again later'] }]
    return [response, ...(await checkToken(await clientOf(settings, provider), signal))]
  } catch (error) {
    signal.throwIfAborted()
    return [
      {
        topic,
        isGood: false,
        message: inUserWords((error as Error).message),
        action: hintFor(error, { command: 'doctor', settings }),
      },
    ]
  }
}

/** Obtains a valid token of an account that is signed in, and its user: from the API, if the provider describes one. */
async function checkToken(client: Client, signal: AbortSignal): Promise<readonly Finding[]> {
  await using _ = client
  if (client.client_id === null || (await client.status()).status !== 'live') return []
  const { username = 'an unknown user', source } = await identify(client, signal)
  return [{ topic: 'token', isGood: true, message: `valid: ${source} reports the user ${username}` }]
}
