// The browser for tests that need a real one.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

export const EXECUTABLE: string = process.env.CHROMIUM ?? '/usr/bin/chromium'

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
 * Starts Chromium without a window, with more arguments of its command line.
 *
 * @throws {Error} when it is missing, with the command that installs it.
 */
export async function launchChromium(...more: readonly string[]): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `There is no Chromium at ${EXECUTABLE}. Install it with: npm run prepare-machine\n` +
        'or name another with CHROMIUM=/path/to/chromium.',
    )
  }
  return chromium.launch({ executablePath: EXECUTABLE, args: [...OPTIONS, ...more] })
}
