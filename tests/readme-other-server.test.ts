// The programs of the README against another server, `oidc-provider`, as "Use another server" describes it: two users each.
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Client, discover, type Provider, type Tokens } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { fetchTransport } from '@latchkey/transport-fetch'
import { launchChromium } from '../tools/chromium.ts'
import { folderWith, PROGRAMS, request, startSignIn, startSite } from './readme-programs.ts'
import { Browser } from './servers/browser.ts'
import { CLIENTS, type OidcProvider, startOidcProvider } from './servers/oidc-provider.ts'
import { collected } from './support.ts'

const USERS = ['alice', 'bob']
const { client_id: IMGUR_CLIENT_ID, client_secret: IMGUR_CLIENT_SECRET } = CLIENTS.confidential
const ENVIRONMENT = { IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET }
const transport = fetchTransport()

let server: OidcProvider
let provider: Provider
beforeEach(async () => {
  server = await startOidcProvider({ clientBasedCORS: () => true })
  provider = await discover(server.url, { transport })
})
afterEach(() => server.close())

/** Returns the program for this server, by code: it has no PIN and no token flow. */
const towards = (name: string, redirect_uri: string): string =>
  PROGRAMS.get(name)!
    .replace('import { Client', 'import { discover, Client')
    .replace(
      'new Client({',
      `new Client({
        provider: await discover('${server.url}', { identity: 'id_token.sub' }), redirect_uri: '${redirect_uri}', scope: 'openid',`,
    )
    .replace(/by(PIN|Token)\(\)/, 'byCode()')

/** Returns whom the server takes the bearer of these tokens for. */
async function ownerOf({ access_token }: Pick<Tokens, 'access_token'>): Promise<unknown> {
  const response = await fetch(`${server.url}/me`, { headers: { authorization: `Bearer ${access_token}` } })
  return ((await response.json()) as { sub: unknown }).sub
}

/** Returns the owners of the tokens in a folder of a program, by account. */
async function ownersIn(path: string): Promise<object> {
  const store = new FileTokenStore({ directory: join(path, 'tokens') })
  const client = new Client({ ...CLIENTS.confidential, provider, store, transport })
  const owners = []
  for (const name of await collected(client.accounts()))
    owners.push([name, await ownerOf((await client.account(name).tokens())!)] as const)
  return Object.fromEntries(owners)
}

test('web server: each user has an account and tokens of their own', async () => {
  await using folder = await folderWith(
    towards('web server by hand', 'http://127.0.0.1:1/callback'),
    ENVIRONMENT,
  )
  await using run = folder.start({ PORT: '0' })
  const [, port = ''] = await run.printed(/port: (\d+)/)
  for (const user of USERS) {
    server.use(user)
    const { cookie, location } = await startSignIn(port, `/${user}`)
    const { search } = new URL(await new Browser('http://127.0.0.1:1/').open(location))
    expect(await request(port, `/callback${search}`, { cookie })).toMatchObject({
      status: 200,
      text: `Signed in as ${user}, on the way to /${user}`,
    })
  }
  expect(await ownersIn(folder.path)).toEqual({ alice: 'alice', bob: 'bob' })
})

test('script: each user has tokens of their own, in a folder of their own', async () => {
  for (const user of USERS) {
    server.use(user)
    await using folder = await folderWith(towards('script', 'http://127.0.0.1:1/callback'), ENVIRONMENT)
    await using run = folder.start()
    const [, url = ''] = await run.printed(/Open (\S+)/)
    run.child.stdin.write(`${await new Browser('http://127.0.0.1:1/').open(url)}\n`)
    expect(await run.ended).toBe(0)
    expect(run.output.text).toMatch(/Authorization: Bearer .{4}\.\.\.\n$/)
    expect(await ownersIn(folder.path)).toEqual({ default: user })
  }
})

test('page: each user has tokens of their own, in a browser of their own', async () => {
  await using site = await startSite()
  const { name, authorizationEndpoint, tokenEndpoint } = provider
  const description = {
    name,
    issuer: server.url,
    authorizationEndpoint,
    tokenEndpoint,
    clientAuthentication: 'none',
  }
  await site.show(
    towards('page', `${site.url}/callback`)
      .replace('discover,', 'defineProvider,')
      .replace(/await discover\(.*?\}\)/, `defineProvider(${JSON.stringify(description)})`)
      .replace(/client_id: '\w+'/, "client_id: 'public'")
      .replace('tokens.account_username', 'tokens.access_token')
      .concat("\nimport '@latchkey/transport-fetch/register'"),
  )
  const browser = await launchChromium()
  try {
    for (const user of USERS) {
      server.use(user)
      const tab = await (await browser.newContext()).newPage()
      const [said] = await Promise.all([tab.waitForEvent('console'), tab.goto(`${site.url}/callback`)])
      const [, access_token = ''] = /^Signed in as (\S+)$/.exec(said.text()) ?? []
      expect(await ownerOf({ access_token })).toBe(user)
    }
  } finally {
    await browser.close()
  }
})
