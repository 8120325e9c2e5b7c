// A user with a home of their own, and an authorization server: new ones for each test of the file.
import { afterEach, beforeEach } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { type Home, makeHome, stopAll } from './support.ts'

export let emulator: Emulator
export let home: Home

/** Gives each test a user. Programs that are still running when a test ends are stopped. */
export function eachTestHasAUser(
  options: Parameters<typeof startEmulator>[0] = { clients: [{ redirect_uri: 'http://127.0.0.1' }] },
  env: Readonly<Record<string, string>> = {},
): void {
  beforeEach(async () => {
    emulator = await startEmulator(options)
    home = makeHome(emulator, env)
  })
  afterEach(async () => {
    stopAll()
    await emulator.close()
    home.remove()
  })
}

/** Gives the user another, empty home. */
export function moveToAnotherHome(env: Readonly<Record<string, string>>): void {
  home.remove()
  home = makeHome(emulator, env)
}
