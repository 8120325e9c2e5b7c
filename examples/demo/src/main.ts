// Imgur's four flows, one after the other, each followed by API calls with its tokens. By default a script simulates
// the user against the emulator. With --browser you sign in yourself. With IMGUR_CLIENT_ID and IMGUR_CLIENT_SECRET
// it uses Imgur itself.
import { parseArgs } from 'node:util'
import type { Tokens } from '@latchkey/core'
import '@latchkey/transport-fetch/register'
import { accountName, upload } from './api.ts'
import { byCode, byPIN, byToken, regenerate } from './flows.ts'
import { print } from './print.ts'
import { browserEnvironment } from './environments/browser.ts'
import { imgurEnvironment } from './environments/imgur.ts'
import { scriptedEnvironment } from './environments/scripted.ts'
import type { Environment } from './environments/environment.ts'

type Row = readonly [flow: string, result: string, account: string, lasts: string, picture: string]

async function runFlow(flow: string, environment: Environment, get: () => Promise<Tokens>): Promise<Row> {
  print.title(flow)
  try {
    const tokens = await get()
    print.success('tokens:')
    console.log(tokens)
    const account = await accountName(environment.apiUrl, tokens.access_token)
    print.success(`GET /3/account/me returned the account ${account}`)
    const picture = await upload(environment.apiUrl, tokens.access_token)
    print.success(`uploaded a picture: ${picture}`)
    return [flow, 'ok', account, days(tokens.expires_in), picture]
  } catch (error) {
    const { name, message } = error as Error
    print.failure(`${name}: ${message}`)
    return [flow, name, '', '', '']
  }
}

function days(seconds: number | undefined): string {
  return seconds === undefined ? 'unknown' : `${Math.round(seconds / 86_400)} days`
}

/** Chooses by the command line and the environment variables. @throws {TypeError} when they are invalid. */
function chooseEnvironment(): () => Environment | Promise<Environment> {
  const { browser } = parseArgs({ options: { browser: { type: 'boolean' } } }).values
  const { IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET } = process.env
  if (!IMGUR_CLIENT_ID) return browser ? browserEnvironment : scriptedEnvironment
  if (!browser) return () => imgurEnvironment(IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET)
  throw new TypeError('--browser uses the emulator: unset IMGUR_CLIENT_ID, or omit --browser')
}

async function main(start: () => Environment | Promise<Environment>): Promise<void> {
  const environment = await start()
  try {
    await runFlows(environment)
  } finally {
    await environment[Symbol.asyncDispose]()
  }
}

async function runFlows(environment: Environment): Promise<void> {
  print.title(`Latchkey obtains tokens from ${environment.name}`)
  const [code, token, pin] = [environment.newClient(), environment.newClient(), environment.newClient()]
  const rows = [
    await runFlow('by code', environment, () => byCode(code, environment)),
    await runFlow('by token', environment, () => byToken(token, environment)),
    await runFlow('by PIN', environment, () => byPIN(pin, environment)),
  ]
  const signedIn = [code, pin, token].find(client => client.refresh_token !== null) ?? code
  rows.push(await runFlow('regenerate from the refresh token', environment, () => regenerate(signedIn)))

  print.title('Summary')
  print.table([['flow', 'result', 'account', 'lasts', 'picture'], ...rows])
  process.exitCode = rows.every(([, result]) => result === 'ok') ? 0 : 1
}

let start: ReturnType<typeof chooseEnvironment> | undefined
try {
  start = chooseEnvironment()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 2
}
if (start) await main(start)
