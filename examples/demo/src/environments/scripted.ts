import { Client, imgur } from '@latchkey/core'
import { simulateUser, startEmulator } from '@latchkey/emulator'
import { print, redactUrl } from '../print.ts'
import type { Environment } from './environment.ts'

/** The emulator, with a simulated user who presses Allow on its pages. */
export async function scriptedEnvironment(): Promise<Environment> {
  const emulator = await startEmulator()
  const { client_id, client_secret } = emulator.client
  const { account_username: username, password } = emulator.user
  const user = simulateUser({ username, password })
  return {
    name: `the emulator at ${emulator.url}`,
    apiUrl: emulator.url,
    newClient: () => new Client({ client_id, client_secret, provider: imgur({ baseUrl: emulator.url }) }),
    async *authorize(url, kind) {
      print.step(`${username} opens that page, signs in and presses Allow`)
      const redirect = await user.allow(url)
      print.detail(`redirected to ${redactUrl(redirect)}`)
      if (kind === 'pin') print.step(`${username} reads the PIN on the page`)
      yield { input: kind === 'pin' ? await user.readPin(redirect) : redirect }
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  }
}
