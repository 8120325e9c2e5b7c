import { createInterface } from 'node:readline/promises'
import { Client, imgur } from '@latchkey/core'
import { person, startEmulator } from '@latchkey/emulator'
import '@latchkey/transport-fetch/register'
import { say, shownUrl } from './say.ts'

/** What a person brings back from the authorization server. */
export type Wanted = 'redirect' | 'pin'

/** Where the demo plays: the server, and the person in front of it. */
export interface Stage extends AsyncDisposable {
  readonly name: string
  readonly apiUrl: string
  newClient(): Client
  /** Sends the person to `url`; resolves to the redirect's URL or to the PIN that they were shown. */
  visit(url: string, wanted: Wanted): Promise<string>
}

/** The emulator, and a person who allows everything, by pressing the buttons of its pages over HTTP. */
export async function emulatorStage(): Promise<Stage> {
  const emulator = await startEmulator()
  const { client_id, client_secret } = emulator.client
  const { account_username: username, password } = emulator.user
  const someone = person({ username, password })
  return {
    name: `the emulator at ${emulator.url}`,
    apiUrl: emulator.url,
    newClient: () => new Client({ client_id, client_secret, provider: imgur({ baseUrl: emulator.url }) }),
    async visit(url, wanted) {
      say.step(`${username} opens that page, signs in and presses Allow`)
      const redirect = await someone.allow(url)
      say.detail(`redirected to ${shownUrl(redirect)}`)
      if (wanted === 'redirect') return redirect
      say.step(`${username} reads the PIN on the page`)
      return someone.readPin(redirect)
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  }
}

/** Imgur itself, and whoever sits at this terminal. */
export function imgurStage(client_id: string, client_secret: string | undefined): Stage {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  // Lines are taken from an iterator, so that none is lost between two questions and the end of input is seen.
  const lines = terminal[Symbol.asyncIterator]()
  const QUESTIONS = {
    redirect: 'Open that page, press Allow, and paste the address you end up at: ',
    pin: 'Open that page, press Allow, and type the PIN you are shown: ',
  }
  return {
    name: 'Imgur',
    apiUrl: 'https://api.imgur.com',
    newClient: () => new Client({ client_id, client_secret: client_secret ?? null }),
    async visit(_, wanted) {
      process.stdout.write(`  ${QUESTIONS[wanted]}`)
      const { value, done } = await lines.next()
      if (done) throw new Error('the input ended before the answer')
      return value
    },
    async [Symbol.asyncDispose]() {
      terminal.close()
    },
  }
}
