// The browser for tests that need a real one.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Chromium as users have it, for tests of what only it has: the settings of a profile. */
export const CHROMIUM: string = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** The same engine without windows and settings. A tab costs it a quarter of the processor time. */
export const HEADLESS_SHELL: string = process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell'

/** No window, no sandbox (root cannot use one), and no network requests of its own. */
export const OPTIONS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts the headless shell, with more arguments of its command line.
 *
 * @throws {Error} when it is missing, with the command that installs it.
 */
export async function launchChromium(...more: readonly string[]): Promise<Browser> {
  if (!existsSync(HEADLESS_SHELL)) {
    throw new Error(
      `There is no Chromium at ${HEADLESS_SHELL}. Install it with: npm run prepare-machine\n` +
        'or name another with CHROMIUM=/path/to/chromium.',
    )
  }
  return chromium.launch({ executablePath: HEADLESS_SHELL, args: [...OPTIONS, ...more] })
}
