// What comes back to a page: in React's StrictMode, at a hash router, and unreadable, in Chromium.
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../tools/chromium.ts'
import { field, neighbour } from '../field/support.ts'

const TOKEN_MS = 500

/** The page of the tutorial, for a server with PKCE and without a secret. */
const TUTORIAL = readFileSync(new URL('../../docs/tutorials/page.md', import.meta.url), 'utf8')
const [, PROGRAM = ''] = /<!-- program, page.*?-->\s*```ts\n(.*?)```/s.exec(TUTORIAL) ?? []
const page = (as: string): string =>
  PROGRAM.replace('import { Client', 'import { Client, defineProvider')
    .replace('byToken()', 'byCode()')
    .replace(
      'new Client({',
      `new Client({
        provider: defineProvider({
          name: 'as', authorizationEndpoint: '${as}/authorize', tokenEndpoint: '${as}/token', clientAuthentication: 'none',
        }),
        redirect_uri: location.origin + '/',`,
    )

/** The program in an effect of React's StrictMode, which runs it twice. */
function inStrictMode(program: string): string {
  const lines = program.split('\n')
  const [imports, body] = [
    lines.filter(line => line.startsWith('import')),
    lines.filter(line => !line.startsWith('import')),
  ]
  return `${imports.join('\n')}
    import '@latchkey/transport-fetch/register'
    import { createElement, StrictMode, useEffect } from 'react'
    import { createRoot } from 'react-dom/client'
    globalThis.runs = 0
    function App() {
      useEffect(() => {
        globalThis.runs++
        void (async () => {${body.join('\n')}})().catch(error => console.log(error.message))
      }, [])
      return 'app'
    }
    createRoot(document.body).render(createElement(StrictMode, null, createElement(App)))`
}

async function bundled(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('..', import.meta.url)), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"development"' },
    conditions: ['@latchkey/source'],
  })
  return outputFiles[0]!.text
}

/** Listens on a free port until the test ends. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise(listening => server.once('listening', listening))
  ends.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const ends: (() => unknown)[] = []
let browser: Browser
/** One for all tests: a new one costs more than a test. What a page stores is by its origin, which each test has its own of. */
let tab: Page
/** The requests that the authorization server received, and how it redirects. */
let requests: string[]
let back: (redirectUri: string, state: string) => string
let as: string
let site: string
let script: string

beforeAll(async () => {
  browser = await launchChromium()
  tab = await browser.newPage()
})
afterAll(() => browser.close())
beforeEach(async () => {
  requests = []
  script = ''
  back = (redirectUri, state) => `${redirectUri}?code=c0de&state=${state}`
  as = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://as')
    requests.push(`${request.method} ${pathname}`)
    response.setHeader('access-control-allow-origin', '*')
    if (pathname === '/authorize') {
      const location = back(searchParams.get('redirect_uri')!, searchParams.get('state')!)
      response.writeHead(302, { location }).end()
      return
    }
    const tokens = { access_token: 'A1', token_type: 'Bearer', expires_in: 3600, account_username: 'rmp135' }
    setTimeout(
      () => response.setHeader('content-type', 'application/json').end(JSON.stringify(tokens)),
      TOKEN_MS,
    )
  })
  site = await listen((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(
      `<!doctype html><title>App</title><body><script type="module">${script.replaceAll('</script', '<\\/script')}</script>`,
    )
  })
})
afterEach(async () => {
  await tab.goto('about:blank')
  for (const end of ends.splice(0)) await end()
})

for (const [title, at] of [
  ['in the query', '?'],
  ['at a hash router', '#/callback?'],
  ['at a hash router without a route', '#/'],
  ['at a hash router with a hashbang', '#!/'],
] as const)
  field(
    'react-oauth2-pkce#50, oidc-react#901',
    `the page of the tutorial in StrictMode signs in once: ${title}`,
    async () => {
      back = (redirectUri, state) => `${redirectUri}${at}code=c0de&state=${state}`
      script = await bundled(inStrictMode(page(as)))
      const said = tab.waitForEvent('console', message => !message.text().includes('React DevTools'))
      await tab.goto(site)
      expect((await said).text()).toBe('Signed in as rmp135')
      expect(await tab.evaluate('globalThis.runs')).toBe(2)
      expect(requests).toEqual(['GET /authorize', 'POST /token'])
      expect(tab.url()).toBe(`${site}/`)
    },
  )

/** A page that leaves for the server once, and afterwards shows what every call of finishSignIn resolves to. */
const calls = (as: string): string =>
  page(as).replace(
    /await finishSignIn[\s\S]*/,
    `const outcome = () => finishSignIn(client).then(
       finished => finished === undefined ? 'none' : finished.tokens.access_token,
       error => error.code + ': ' + error.message)
     const [first, second] = [finishSignIn(client), finishSignIn(client)]
     const outcomes = [first === second, ...await Promise.all([outcome(), outcome()]), await outcome()]
     if (outcomes[1] === 'none') signInByRedirect(client.Authorize.byCode())
     else console.log(JSON.stringify([...outcomes, Object.keys(sessionStorage).length]))`,
  )
const outcomes = async (): Promise<unknown> => {
  script = await bundled(`${calls(as)}\nimport '@latchkey/transport-fetch/register'`)
  const said = tab.waitForEvent('console')
  await tab.goto(site)
  return JSON.parse((await said).text())
}

neighbour('a later call returns the result of the first one', async () => {
  expect(await outcomes()).toEqual([true, 'A1', 'A1', 'A1', 0])
})

neighbour('a redirect that cannot be read is an error, and what was saved is kept', async () => {
  back = (redirectUri, state) => `${redirectUri}?code=1&code=2&state=${state}`
  const [same, first, second, third, saved] = (await outcomes()) as unknown[]
  expect([same, second, third, saved]).toEqual([true, first, first, 1])
  expect(first).toContain("the redirect carries more than one 'code'")
  expect(requests).toEqual(['GET /authorize'])
})

neighbour('a redirect that fails a check is an error, and what was saved is kept', async () => {
  back = (redirectUri, state) => `${redirectUri}?code=1&state=${state}&iss=https://elsewhere.example`
  expect(await outcomes()).toEqual([true, ...Array(3).fill(expect.stringContaining('issuer_mismatch')), 1])
  expect(requests).toEqual(['GET /authorize'])
})

neighbour('an error without a state is an error with its words, and what was saved is kept', async () => {
  back = redirectUri => `${redirectUri}?error=access_denied&error_description=No`
  expect(await outcomes()).toEqual([
    true,
    ...Array(3).fill(expect.stringContaining("'access_denied: No'")),
    1,
  ])
})
