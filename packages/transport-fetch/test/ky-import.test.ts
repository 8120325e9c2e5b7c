// ky is imported with the first request: a program that starts with a valid token needs no HTTP.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../../tools/chromium.ts'
import { fetchTransport } from '../src/index.ts'
import { serve } from './servers.ts'

const PACKAGE = join(import.meta.dirname, '..')

async function run(program: string): Promise<string> {
  const args = ['--conditions=@latchkey/source', '--input-type=module', '--eval', program]
  return (await promisify(execFile)(process.execPath, args, { cwd: PACKAGE })).stdout
}

test('importing the package does not load ky, which loads the fetch of Node', async () => {
  const loaded = await run(`
    import '@latchkey/transport-fetch/register'
    import '@latchkey/transport-fetch'
    const before = process.moduleLoadList.filter(name => name.includes('undici'))
    await import('ky')
    console.log(before.length, process.moduleLoadList.filter(name => name.includes('undici')).length > 0)`)
  expect(loaded).toBe('0 true\n')
})

test('an import that fails is an error with sent no, and the next request imports again', async () => {
  const origin = await serve((_, response) => response.end('{}'))
  const output = await run(`
    import ky from 'ky'
    import { registerHooks } from 'node:module'
    import { fetchTransport } from '@latchkey/transport-fetch'
    const hooks = registerHooks({
      resolve(name, context, next) {
        if (name === 'ky') throw Object.assign(new Error('a path'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      },
    })
    const send = transport => transport.send({ method: 'GET', url: '${origin}/token?s=1', headers: {} })
    const transport = fetchTransport()
    const { sent, message, cause } = await send(transport).catch(error => error)
    console.log(sent, message, cause.code)
    console.log((await send(fetchTransport({ ky }))).status)
    hooks.deregister()
    console.log((await send(transport)).status)`)
  expect(output).toBe(
    `no GET ${origin}/token: ky could not be imported: install it, or pass it: import ky from 'ky'; fetchTransport({ ky })` +
      ' (ERR_MODULE_NOT_FOUND) ERR_MODULE_NOT_FOUND\n200\n200\n',
  )
})

test.each([{}, 'ky', null])('ky: %p is rejected', ky => {
  expect(() => fetchTransport({ ky } as object)).toThrow(new TypeError('ky must be the default export of ky'))
})

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** Returns the origin that serves the first file of a bundle as `/main.js`, and `/token`. */
async function served(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: PACKAGE },
    bundle: true,
    splitting: true,
    write: false,
    outdir: 'out',
    format: 'esm',
    conditions: ['@latchkey/source'],
  })
  return serve(({ url }, response) => {
    const isScript = url === '/main.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? outputFiles[0]!.text : url === '/token' ? 'a token' : '<!doctype html>')
  })
}

test('a page and a service worker have ky in their bundle, since files of a deployment may be gone later', async () => {
  const origin = await served(
    `import { fetchTransport } from '@latchkey/transport-fetch'
    const work = () => fetchTransport()
      .send({ method: 'POST', url: location.origin + '/token', headers: {} })
      .then(({ body }) => body, error => error.message)
    if (globalThis.window) window.outcome = work()
    else onmessage = async ({ source }) => source.postMessage(await work())`,
  )
  const page = await browser.newPage()
  await page.goto(origin)
  await page.addScriptTag({ url: `${origin}/main.js`, type: 'module' })
  expect(await page.evaluate('window.outcome')).toBe('a token')
  const outcome = await page.evaluate(`(async () => {
    await navigator.serviceWorker.register('/main.js', { type: 'module' })
    const { active } = await navigator.serviceWorker.ready
    const outcome = new Promise(resolve => (navigator.serviceWorker.onmessage = resolve))
    active.postMessage('send')
    return (await outcome).data
  })()`)
  expect(outcome).toBe('a token')
})
