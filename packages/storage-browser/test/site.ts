// A site that serves the store bundled for browsers, and Chromium to open it.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, type BrowserContext, chromium, type LaunchOptions, type Page } from 'playwright-core'
import type { Latchkey } from './page/main.ts'

declare global {
  /** In the page; see page/main.ts. */
  var latchkey: Latchkey
}

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium'
const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'

/** The reason why browser tests are skipped. */
export const missing: string | undefined = existsSync(EXECUTABLE) ? undefined : `there is no ${EXECUTABLE}`

/** A host name of the site that is not a secure context, unlike 127.0.0.1. */
const INSECURE = 'insecure.test'

export interface Site extends AsyncDisposable {
  readonly origin: string
  readonly insecureOrigin: string
}

/** Serves an empty page with the bundle of `entry`, at `/`, and the bundle itself, for workers, at `/main.js`. */
export async function startSite(entry = new URL('page/main.ts', import.meta.url)): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    platform: 'browser',
    conditions: ['@latchkey/source'],
  })
  const script = outputFiles[0]!.text
  const server = createServer(({ url }, response) => {
    const isScript = url === '/main.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><title>Latchkey</title><script src="/main.js"></script>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    insecureOrigin: `http://${INSECURE}:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

export const launchOptions: LaunchOptions = {
  executablePath: EXECUTABLE,
  args: [...ARGUMENTS.split(' '), `--host-resolver-rules=MAP ${INSECURE} 127.0.0.1`],
}

export function launch(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ ...launchOptions, ...options })
}

/** Opens a tab of `context` on `origin`; resolves when `latchkey` is defined there. */
export async function openTab(context: BrowserContext, origin: string): Promise<Page> {
  const tab = await context.newPage()
  await tab.goto(origin)
  return tab
}
