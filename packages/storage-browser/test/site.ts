// A site that serves the store bundled for browsers.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { INSECURE_HOST } from '../../../tools/running-browser.ts'
import type { Latchkey } from './page/main.ts'

declare global {
  /** In the page; see page/main.ts. */
  var latchkey: Latchkey
}

export interface Site extends AsyncDisposable {
  readonly port: number
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
    // A browser that uses the site as a proxy sends the whole URL.
    const isScript = new URL(url!, 'http://site').pathname === '/main.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><title>Latchkey</title><script src="/main.js"></script>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    insecureOrigin: `http://${INSECURE_HOST}:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
