// The routes in Chromium, by https with `__Host-` cookies: two users in three tabs, and attackers on other sites.
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Client, discover, MemoryTokenStore } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { signInRoutes, type SignInRoutes } from '@latchkey/web'
import { toNode } from '@latchkey/web/node'
import { build } from 'esbuild'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../../../../tools/chromium.ts'
import { listen, type Listening } from '../../../../tests/servers/listen.ts'
import { type OidcProvider, startOidcProvider } from '../../../../tests/servers/oidc-provider.ts'
import { selfSigned } from '../../../transport-fetch/test/self-signed.ts'

const APP = 'https://app.example'
/** A site of somebody else, and one below the domain of the application. */
const EVIL = 'https://evil.example'
const SUBDOMAIN = 'https://evil.app.example'
const SESSION = '__Host-latchkey'

let script: string
let browser: Browser
let app: Listening
let server: OidcProvider
let routes: SignInRoutes
/** What the hostile sites serve. */
let hostile = ''
const contexts: BrowserContext[] = []
/** The application does not see redirects. */
let isHeld = false

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    // The development version runs effects twice.
    define: { 'process.env.NODE_ENV': '"development"' },
  })
  script = outputFiles[0]!.text
})

beforeEach(async () => {
  const registered = (client_id: string, name: string) => ({
    client_id,
    client_secret: 'secret-of-the-app',
    redirect_uris: [`${APP}/auth/${name}/callback`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code' as const],
    id_token_signed_response_alg: 'ES256' as const,
  })
  server = await startOidcProvider({ clients: [registered('app', 'op'), registered('posting', 'post')] })
  const transport = fetchTransport()
  const provider = await discover(server.url, { transport, identity: 'id_token.sub' })
  const shared = {
    client_secret: 'secret-of-the-app',
    scope: 'openid',
    transport,
    store: new MemoryTokenStore(),
  }
  routes = signInRoutes(
    {
      op: new Client({ ...shared, client_id: 'app', redirect_uri: `${APP}/auth/op/callback`, provider }),
      post: new Client({
        ...shared,
        client_id: 'posting',
        redirect_uri: `${APP}/auth/post/callback`,
        provider: { ...provider, name: 'post', authorizationParameters: { response_mode: 'form_post' } },
      }),
    },
    { secret: 'a secret of at least thirty-two characters', tokenRoute: true },
  )
  const handle = toNode(routes)
  app = await listen(
    () => (request, response) => {
      if (isHeld && request.url?.startsWith('/auth/op/callback')) return void response.end('held')
      return handle(request, response, () => {
        const { host = '' } = request.headers
        response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html')
        if (host !== 'app.example') response.end(hostile)
        else if (request.url === '/page.js') response.end(script)
        else if (request.url === '/app') response.end('<div id=app></div><script src=/page.js></script>')
        else
          void routes.session(request).then(session => {
            const forms = ['logout', 'op/connect', 'post/connect'].map(
              name => `<form method=post action="/auth/${name}"><button id="${name}">${name}</button></form>`,
            )
            response.end(`<h1>${JSON.stringify(session?.accounts ?? 'nobody')}</h1>${forms.join('')}`)
          })
      })
    },
    selfSigned,
  )
  const { port } = new URL(app.url)
  const rules = ['app.example', 'evil.example', 'evil.app.example'].map(
    host => `MAP ${host} 127.0.0.1:${port}`,
  )
  browser = await launchChromium(`--host-resolver-rules=${rules.join(',')}`, '--ignore-certificate-errors')
})
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close()
  await browser.close()
  await app.close()
  await server.close()
})
/** Opens a browser of another user. */
async function user(): Promise<BrowserContext> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  contexts.push(context)
  return context
}

const who = (page: Page): Promise<string> => page.locator('h1').innerText()
const sessionOf = async (context: BrowserContext): Promise<string | undefined> =>
  (await context.cookies(APP)).find(({ name }) => name === SESSION)?.value

/** Signs in in a new tab. */
async function signIn(context: BrowserContext, path = '/auth/op/login'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(APP + path)
  return page
}

/** Returns the redirect of a sign-in, which the application has not seen. */
async function redirectOf(context: BrowserContext, path = '/auth/op/login'): Promise<string> {
  isHeld = true
  const page = await context.newPage()
  await page.goto(APP + path)
  isHeld = false
  const redirect = page.url()
  await page.close()
  return redirect
}

test('two users in three tabs: each is signed in as themselves', async () => {
  const [one, two] = [await user(), await user()]
  const first = await signIn(one, '/auth/op/login?to=/1')
  server.use('another')
  // Both tabs are at the provider at the same time; it serves one after the other.
  const redirects = [
    await redirectOf(two, '/auth/op/login?to=/2'),
    await redirectOf(two, '/auth/op/login?to=/3'),
  ]
  const [second, third] = await Promise.all(
    redirects.map(async redirect => {
      const page = await two.newPage()
      await page.goto(redirect)
      return page
    }),
  )
  expect([first, second, third].map(page => new URL(page!.url()).pathname)).toEqual(['/1', '/2', '/3'])
  expect(await who(first)).toBe('{"op":"somebody"}')
  for (const page of [second!, third!]) {
    await page.reload()
    expect(await who(page)).toBe('{"op":"another"}')
  }
  const [cookie] = (await one.cookies(APP)).filter(({ name }) => name === SESSION)
  expect(cookie).toMatchObject({
    httpOnly: true,
    secure: true,
    sameSite: 'Lax',
    path: '/',
    domain: 'app.example',
  })
})

test('a provider that answers by a POST, and a second provider by connect', async () => {
  const context = await user()
  const page = await signIn(context, '/auth/post/login?to=/x')
  await page.waitForURL(`${APP}/x`)
  expect(await who(page)).toBe('{"post":"somebody"}')
  await page.locator('[id="op/connect"]').click()
  await page.waitForURL(`${APP}/`)
  expect(await who(page)).toBe('{"post":"somebody","op":"somebody"}')
  await page.locator('#logout').click()
  expect(await who(page)).toBe('"nobody"')
})

test('a connection at a provider that answers by a POST, with which the browser sends no session', async () => {
  const context = await user()
  const page = await signIn(context)
  expect(await who(page)).toBe('{"op":"somebody"}')
  await page.locator('[id="post/connect"]').click()
  await page.waitForURL(`${APP}/`)
  expect(await who(page)).toBe('{"op":"somebody","post":"somebody"}')
  await page.locator('#logout').click()
  expect(await who(page)).toBe('"nobody"')
  expect((await context.cookies(APP)).map(({ name }) => name)).not.toContain('__Host-latchkey-connect')
})

test.each(['logout', 'op/connect'])('a form of another site to %s does nothing (CSRF)', async name => {
  const context = await user()
  await signIn(context)
  const before = await sessionOf(context)
  hostile = `<form method=post action="${APP}/auth/${name}"><input name=tokens value=true></form><script>document.forms[0].submit()</script>`
  const attack = await context.newPage()
  await attack.goto(EVIL)
  await attack.waitForURL(`${APP}/auth/${name}`)
  expect(await attack.locator('h1').innerText()).toBe('Not allowed')
  expect(await sessionOf(context)).toBe(before)
  const page = await context.newPage()
  await page.goto(APP)
  expect(await who(page)).toBe('{"op":"somebody"}')
})

test('a request of another site for the token gets none', async () => {
  const context = await user()
  await signIn(context)
  hostile = 'x'
  for (const site of [EVIL, SUBDOMAIN]) {
    const attack = await context.newPage()
    await attack.goto(site)
    const got = await attack.evaluate(
      url =>
        fetch(url, { method: 'POST', credentials: 'include', headers: { 'x-latchkey': 'token' } }).then(
          response => response.text(),
          error => String(error),
        ),
      `${APP}/auth/op/token`,
    )
    expect(got).toMatch(/TypeError/)
  }
})

test('a link with another site as the target stays here (open redirect)', async () => {
  for (const to of [EVIL, '//evil.example', '/\\evil.example', '/%09/evil.example']) {
    const page = await signIn(await user(), `/auth/op/login?to=${encodeURIComponent(to)}`)
    expect(new URL(page.url()).origin).toBe(APP)
  }
})

test('cookies that a site below the domain sets change nothing (cookie tossing)', async () => {
  const context = await user()
  await signIn(context)
  const before = await sessionOf(context)
  hostile = `<script>for (const name of ['__Host-latchkey', '__Host-latchkey-login', 'latchkey'])
    document.cookie = name + '=x; Domain=app.example; Path=/auth; Secure'</script>`
  const attack = await context.newPage()
  await attack.goto(SUBDOMAIN)
  expect(await sessionOf(context)).toBe(before)
  const page = await context.newPage()
  await page.goto(APP)
  expect(await who(page)).toBe('{"op":"somebody"}')
  expect(new URL((await signIn(context, '/auth/op/login?to=/again')).url()).pathname).toBe('/again')
})

test('the session has another id after each sign-in (session fixation)', async () => {
  const context = await user()
  await signIn(context)
  const before = await sessionOf(context)
  await signIn(context)
  expect(await sessionOf(context)).not.toBe(before)
})

test('a redirect is used once (replay)', async () => {
  const [one, thief] = [await user(), await user()]
  const redirect = await redirectOf(one)
  const page = await one.newPage()
  await page.goto(redirect)
  expect(await who(page)).toBe('{"op":"somebody"}')
  await page.goto(redirect)
  expect([page.url(), await who(page)]).toEqual([`${APP}/`, '{"op":"somebody"}'])
  const stolen = await thief.newPage()
  await stolen.goto(redirect)
  expect(await stolen.locator('h1').innerText()).not.toContain('somebody')
  expect(await sessionOf(thief)).toBeUndefined()
})

test("the attacker's redirect in the victim's browser signs nobody in (login CSRF)", async () => {
  const [attacker, victim] = [await user(), await user()]
  server.use('attacker')
  const redirect = await redirectOf(attacker)
  // The victim has a sign-in of their own under way, so there is a cookie.
  server.use('victim')
  const own = await redirectOf(victim)
  hostile = `<a href="${redirect.replaceAll('&', '&amp;')}">look</a>`
  const page = await victim.newPage()
  await page.goto(EVIL)
  await page.locator('a').click()
  expect(await page.locator('h1').innerText()).toBe('Another browser')
  expect(await sessionOf(victim)).toBeUndefined()
  await page.goto(own)
  expect(await who(page)).toBe('{"op":"victim"}')
})

test('a page in StrictMode, whose effects run twice, is signed in', async () => {
  const context = await user()
  const page = await signIn(context, '/auth/op/login?to=/app')
  await page.waitForFunction(() => document.querySelector('#status')?.textContent?.includes('signed in'))
  expect(await page.locator('#status').innerText()).toBe('signed in, 2 effects')
})

test('the page for an error looks finished, in light and dark', async () => {
  server.deny()
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await (await user()).newPage()
    await page.emulateMedia({ colorScheme })
    await page.goto(`${APP}/auth/op/login`)
    expect(await page.locator('h1').innerText()).toBe('You declined')
    const [background, color] = await page.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.documentElement)
      return [backgroundColor, color]
    })
    expect(background).not.toBe(color)
    await page.locator('a').click()
    await page.waitForURL(`${APP}/auth/login`)
    expect(await page.locator('a').allInnerTexts()).toEqual(['Op', 'Post'])
  }
})
