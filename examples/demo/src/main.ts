// Imgur's four ways to get tokens, one after the other, each followed by calls of the API with what it got.
// Without settings a script plays the person against the emulator; --browser lets you do it yourself, and
// IMGUR_CLIENT_ID and IMGUR_CLIENT_SECRET make it Imgur itself.
import { parseArgs } from 'node:util'
import type { Tokens } from '@latchkey/core'
import '@latchkey/transport-fetch/register'
import { accountName, upload } from './api.ts'
import { byCode, byPIN, byToken, regenerate } from './flows.ts'
import { say } from './say.ts'
import { browserStage } from './stages/browser.ts'
import { imgurStage } from './stages/imgur.ts'
import { scriptedStage } from './stages/scripted.ts'
import type { Stage } from './stages/stage.ts'

type Row = readonly [flow: string, result: string, account: string, lasts: string, picture: string]

async function play(flow: string, stage: Stage, get: () => Promise<Tokens>): Promise<Row> {
  say.title(flow)
  try {
    const tokens = await get()
    say.good('tokens:')
    console.log(tokens)
    const account = await accountName(stage.apiUrl, tokens.access_token)
    say.good(`GET /3/account/me says: this is ${account}`)
    const picture = await upload(stage.apiUrl, tokens.access_token)
    say.good(`uploaded a picture: ${picture}`)
    return [flow, 'ok', account, days(tokens.expires_in), picture]
  } catch (error) {
    const { name, message } = error as Error
    say.bad(`${name}: ${message}`)
    return [flow, name, '', '', '']
  }
}

function days(seconds: number | undefined): string {
  return seconds === undefined ? 'unknown' : `${Math.round(seconds / 86_400)} days`
}

/** Where to play, by the command line and the environment. @throws {TypeError} what is wrong with them. */
function chooseStage(): () => Stage | Promise<Stage> {
  const { browser } = parseArgs({ options: { browser: { type: 'boolean' } } }).values
  const { IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET } = process.env
  if (!IMGUR_CLIENT_ID) return browser ? browserStage : scriptedStage
  if (!browser) return () => imgurStage(IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET)
  throw new TypeError('--browser plays against the emulator: unset IMGUR_CLIENT_ID, or leave --browser out')
}

async function main(start: () => Stage | Promise<Stage>): Promise<void> {
  await using stage = await start()
  say.title(`Latchkey gets tokens from ${stage.name}`)
  const [code, token, pin] = [stage.newClient(), stage.newClient(), stage.newClient()]
  const rows = [
    await play('by code', stage, () => byCode(code, stage)),
    await play('by token', stage, () => byToken(token, stage)),
    await play('by PIN', stage, () => byPIN(pin, stage)),
  ]
  const signedIn = [code, pin, token].find(client => client.refresh_token !== null) ?? code
  rows.push(await play('regenerate from the refresh token', stage, () => regenerate(signedIn)))

  say.title('Summary')
  say.table([['flow', 'result', 'account', 'lasts', 'picture'], ...rows])
  process.exitCode = rows.every(([, result]) => result === 'ok') ? 0 : 1
}

let start: ReturnType<typeof chooseStage> | undefined
try {
  start = chooseStage()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 2
}
if (start) await main(start)
