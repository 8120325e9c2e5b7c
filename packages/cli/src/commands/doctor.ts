import type { Client, TokenStore } from '@latchkey/core'
import { existsSync } from 'node:fs'
import { clientOf, type Context, openStore, type Result, transport } from '../context.ts'
import { FOUND_SOMETHING } from '../exits.ts'
import { hintFor, loginCommand } from '../hints.ts'
import { providerOf } from '../providers.ts'
import { recordsIn } from '../records.ts'
import { type Settings, variableOf } from '../settings.ts'
import { paint, waitingFor } from '../terminal.ts'
import { whoIs } from '../who-is.ts'
import { standingOf } from '../words.ts'

/** One thing that was looked at. */
interface Finding {
  readonly about: string
  readonly isGood: boolean
  readonly says: string
  /** What the person can do. */
  readonly todo?: string | undefined
}

/** Says what is configured, what is stored, what works, and what to do about the rest. */
export async function run(context: Context): Promise<Result> {
  const { settings } = context
  const findings = [configuration(settings), ...(await stored(settings)), ...(await server(context))]
  const isWell = findings.every(({ isGood }) => isGood)
  const lines = findings.map(({ about, isGood, says, todo }) => {
    const mark = isGood ? paint('green', 'ok', process.stdout) : paint('red', '!!', process.stdout)
    return `${mark} ${about}: ${says}${todo === undefined ? '' : `\n   -> ${todo}`}`
  })
  const end = isWell ? 'All is well.' : ''
  return {
    text: [...lines, end].filter(Boolean).join('\n'),
    json: { isWell, findings },
    exit: isWell ? 0 : FOUND_SOMETHING,
  }
}

function configuration({ file, provider, entry }: Settings): Finding {
  const about = 'configuration'
  const where = existsSync(file) ? file : `none at ${file}`
  const { client_id, client_secret } = entry
  if (client_id === undefined)
    return {
      about,
      isGood: false,
      says: `${where}; no client_id for ${provider}`,
      todo: `${loginCommand({ provider, account: 'default' })} asks for it; or set ${variableOf(provider, 'CLIENT_ID')}`,
    }
  const secret =
    client_secret === undefined
      ? 'nobody was asked for its secret yet'
      : client_secret
        ? 'with a secret'
        : 'without a secret'
  return { about, isGood: true, says: `${where}; client ${client_id} at ${provider}, ${secret}` }
}

/** What the store has, account by account, and why who is not signed in is not. */
async function stored({ store: place, provider, account, entry }: Settings): Promise<readonly Finding[]> {
  const about = 'store'
  const where = 'directory' in place ? `files in ${place.directory}` : 'Redis'
  let store: TokenStore | undefined
  try {
    store = await openStore(place)
    const records = await recordsIn(store)
    const count = `${records.length} account${records.length === 1 ? '' : 's'}`
    const accounts = records.map((record): Finding => {
      const { provider, account, tokens } = record
      const { isGood, says, todo } = standingOf(record)
      const user = tokens.account_username === undefined ? '' : ` (${tokens.account_username})`
      return {
        about: `${provider}, account ${account}${user}`,
        isGood,
        says,
        todo:
          todo === 'login'
            ? loginCommand({ provider, account })
            : todo && 'try again then, or look at the account there',
      }
    })
    const isThere = records.some(record => record.account === account && record.client_id === entry.client_id)
    const nobody = {
      about: `${provider}, account ${account}`,
      ...standingOf(undefined),
      todo: loginCommand({ provider, account }),
    }
    return [{ about, isGood: true, says: `${where}, ${count}` }, ...accounts, ...(isThere ? [] : [nobody])]
  } catch (error) {
    return [
      {
        about,
        isGood: false,
        says: `${where}: ${(error as Error).message}`,
        todo: hintFor(error, undefined),
      },
    ]
  } finally {
    await store?.close?.()
  }
}

/** Whether the server answers, and whether its API takes the token that is stored. */
async function server({ settings, signal }: Context): Promise<readonly Finding[]> {
  const about = settings.provider
  try {
    const provider = await providerOf(settings, transport, signal)
    const { origin } = new URL(provider.tokenEndpoint)
    const { status } = await waitingFor(
      `Asking ${origin}`,
      transport.send({ method: 'GET', url: provider.tokenEndpoint, headers: {} }, { signal }),
    )
    const answers = { about, isGood: status < 500, says: `${origin} answers (HTTP ${status})` }
    if (!answers.isGood) return [{ ...answers, todo: 'the server is in trouble: try again later' }]
    return [answers, ...(await tried(await clientOf(settings, provider), settings, signal))]
  } catch (error) {
    signal.throwIfAborted()
    return [{ about, isGood: false, says: (error as Error).message, todo: hintFor(error, settings) }]
  }
}

/** Whether the token of an account that is signed in is good for anything. */
async function tried(
  client: Client,
  { provider, entry }: Settings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  await using _ = client
  if (entry.client_id === undefined || (await client.status()).status !== 'live') return []
  const { username = 'somebody', according } = await whoIs(client, entry.preset ?? provider, signal)
  return [{ about: 'token', isGood: true, says: `works: ${according} says that you are ${username}` }]
}
