// Imgur's four ways to get tokens, one after the other, each followed by calls of the API with what it got.
// Without settings it plays against the emulator; IMGUR_CLIENT_ID and IMGUR_CLIENT_SECRET make it Imgur itself.
import type { Client, Tokens } from '@latchkey/core'
import { accountName, upload } from './api.ts'
import { byCode, byPIN, byToken, regenerate } from './flows.ts'
import { say } from './say.ts'
import { emulatorStage, imgurStage, type Stage } from './stage.ts'

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

const { IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET } = process.env
await using stage = IMGUR_CLIENT_ID ? imgurStage(IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET) : await emulatorStage()
say.title(`Latchkey gets tokens from ${stage.name}`)

const client: Client = stage.newClient()
const rows = [
  await play('by code', stage, () => byCode(client, stage)),
  await play('by token', stage, () => byToken(stage.newClient(), stage)),
  await play('by PIN', stage, () => byPIN(stage.newClient(), stage)),
  await play('regenerate from the refresh token', stage, () => regenerate(client)),
]

say.title('Summary')
say.table([['flow', 'result', 'account', 'lasts', 'picture'], ...rows])
process.exitCode = rows.every(([, result]) => result === 'ok') ? 0 : 1
