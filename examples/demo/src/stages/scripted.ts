import { Client, imgur } from '@latchkey/core'
import { simulateUser, startEmulator } from '@latchkey/emulator'
import { say, shownUrl } from '../say.ts'
import type { Stage } from './stage.ts'

/** The emulator, and a person who allows everything, by pressing the buttons of its pages over HTTP. */
export async function scriptedStage(): Promise<Stage> {
  const emulator = await startEmulator()
  const { client_id, client_secret } = emulator.client
  const { account_username: username, password } = emulator.user
  const someone = simulateUser({ username, password })
  return {
    name: `the emulator at ${emulator.url}`,
    apiUrl: emulator.url,
    newClient: () => new Client({ client_id, client_secret, provider: imgur({ baseUrl: emulator.url }) }),
    async *visit(url, wanted) {
      say.step(`${username} opens that page, signs in and presses Allow`)
      const redirect = await someone.allow(url)
      say.detail(`redirected to ${shownUrl(redirect)}`)
      if (wanted === 'pin') say.step(`${username} reads the PIN on the page`)
      yield { input: wanted === 'pin' ? await someone.readPin(redirect) : redirect }
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  }
}
