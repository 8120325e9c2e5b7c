// A browser may prerender the page of the redirect before the user comes. Playwright stops prerendered pages, so this
// Chromium runs without it.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { HEADLESS_SHELL, OPTIONS } from '../../../tools/chromium.ts'

test('a page that is prerendered uses the code when the user sees it, and not before', async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page/prerendered.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['@latchkey/source'],
  })
  const page = `<!doctype html><title>App</title><script type="module">${outputFiles[0]!.text}</script>`

  const requests: string[] = []
  let respond = (): unknown => undefined
  let end: () => void
  const signedIn = new Promise<void>(resolve => (end = resolve))
  const server = createServer(({ method, url, headers }, response): unknown => {
    const { pathname, search } = new URL(url!, 'http://site')
    if (pathname === '/prerendered') return (respond = () => response.end())
    if (pathname === '/token') {
      requests.push(`${method} /token`)
      const tokens = { access_token: 'A1', token_type: 'Bearer', expires_in: 3600 }
      return response.setHeader('content-type', 'application/json').end(JSON.stringify(tokens))
    }
    if (pathname === '/callback') requests.push(`callback for ${headers['sec-purpose']}`)
    if (pathname !== '/report') return response.setHeader('content-type', 'text/html').end(page)
    const report = decodeURIComponent(search.slice(1))
    response.end()
    if (report === 'waiting') return undefined
    requests.push(report)
    return report.startsWith('loaded') ? respond() : end()
  }).listen(0, '127.0.0.1')
  await new Promise(listening => server.once('listening', listening))

  const profile = await mkdtemp(join(tmpdir(), 'latchkey-prerender-'))
  const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const chromium = spawn(HEADLESS_SHELL, [
    ...OPTIONS,
    `--user-data-dir=${profile}`,
    '--remote-debugging-port=0',
    site,
  ])
  try {
    await signedIn
    expect(requests).toEqual([
      'callback for prefetch;prerender',
      'loaded at /callback, prerendering: true',
      'POST /token',
      'signed in with A1 at /callback, prerendering: false',
    ])
  } finally {
    const ended = new Promise(resolve => chromium.once('exit', resolve))
    chromium.kill()
    await ended
    server.close()
    server.closeAllConnections()
    await rm(profile, { recursive: true, maxRetries: 5 })
  }
})
