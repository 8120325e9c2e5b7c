// The browser of the tests that need a real one.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** No window, no sandbox (there is none as root), and nothing that talks to anybody by itself. */
const OPTIONS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts Chromium without a window. @throws {Error} with the one command that installs it, where it is missing. */
export async function launchChromium(): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `There is no Chromium at ${EXECUTABLE}. Install it with: npm run prepare-machine\n` +
        'or name another with CHROMIUM=/path/to/chromium.',
    )
  }
  return chromium.launch({ executablePath: EXECUTABLE, args: OPTIONS })
}
