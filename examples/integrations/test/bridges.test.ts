// Each library signs a user in at a real authorization server; then two processes' worth of callers need a new token.
import { expect, test } from '@jest/globals'
import { MemoryTokenStore } from '@latchkey/core'
import { InstallProvider, type Installation } from '@slack/oauth'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { genericOAuth } from 'better-auth/plugins'
import { toNodeHandler } from 'better-auth/node'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import OAuth2Strategy from 'passport-oauth2'
import { Browser } from '../../../tests/servers/browser.ts'
import { accountHooks } from '../src/bridges/better-auth.ts'
import { verify } from '../src/bridges/passport.ts'
import { installationStore } from '../src/bridges/slack.ts'
import {
  app,
  APP,
  expectOneRefresh,
  refreshes,
  SCOPE,
  SECRET,
  server,
  startApp,
  tokensOf,
} from './support.ts'

test('better-auth: the hooks of its accounts', async () => {
  const database: Record<string, Record<string, unknown>[]> = {
    user: [],
    session: [],
    account: [],
    verification: [],
  }
  const auth = betterAuth({
    baseURL: app.url,
    secret: SECRET,
    database: memoryAdapter(database),
    databaseHooks: { account: accountHooks(tokensOf) },
    plugins: [
      genericOAuth({
        config: [
          {
            providerId: 'test',
            clientId: APP.client_id,
            clientSecret: APP.client_secret,
            discoveryUrl: `${server.url}/.well-known/openid-configuration`,
            scopes: SCOPE.split(' '),
            pkce: true,
            getUserInfo: async ({ idToken }) => {
              const { sub } = JSON.parse(atob(idToken!.split('.')[1]!)) as { sub: string }
              return { id: sub, email: `${sub}@example.com`, emailVerified: true, name: sub }
            },
          },
        ],
      }),
    ],
  })
  const routes = express()
  routes.get('/start', async (_, response) => {
    const found = await auth.api.signInSocial({
      body: { provider: 'test', callbackURL: '/' },
      asResponse: true,
    })
    response.setHeader('set-cookie', found.headers.getSetCookie())
    response.redirect(((await found.json()) as { url: string }).url)
  })
  routes.all('/api/auth/*rest', toNodeHandler(auth))
  routes.get('/', (_, response) => void response.send('home'))
  app.handler = routes

  for (let signIns = 0; signIns < 2; signIns++)
    expect(await new Browser('none').fill(`${app.url}/start`)).toBe('home')
  expect(database['account']).toMatchObject([
    { accountId: 'somebody', accessToken: null, refreshToken: null },
  ])
  await expectOneRefresh(() => tokensOf('somebody'))
  expect(refreshes).toBe(1)
})

test('passport: the verify function', async () => {
  const subOf = ({ id_token }: { id_token: string }): string =>
    (JSON.parse(atob(id_token.split('.')[1]!)) as { sub: string }).sub
  const strategy = new OAuth2Strategy(
    {
      authorizationURL: `${server.url}/auth`,
      tokenURL: `${server.url}/token`,
      clientID: APP.client_id,
      clientSecret: APP.client_secret,
      callbackURL: `${app.url}/callback`,
      scope: SCOPE,
      state: true,
      pkce: true,
    } as OAuth2Strategy.StrategyOptions,
    verify(tokensOf, subOf),
  )
  const authenticator = new passport.Passport()
  authenticator.use('test', strategy)
  const routes = express()
  routes.use(session({ secret: SECRET, resave: false, saveUninitialized: false }))
  routes.get('/login', authenticator.authenticate('test', { session: false }))
  routes.get('/callback', authenticator.authenticate('test', { session: false }), (request, response) => {
    response.json(request.user)
  })
  app.handler = routes

  const user = JSON.parse(await new Browser('none').fill(`${app.url}/login`)) as { id: string }
  expect(user).toEqual({ id: 'somebody' })
  await expectOneRefresh(() => tokensOf(user.id))
  expect(refreshes).toBe(1)
})

test('@slack/oauth: the installation store', async () => {
  let generation = 0
  const slack = await startApp()
  slack.handler = async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, slack.url)
    if (pathname === '/authorize')
      return response
        .writeHead(302, { location: `${app.url}/callback?code=c&state=${searchParams.get('state')}` })
        .end()
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString())
    response.setHeader('content-type', 'application/json')
    if (pathname === '/api/auth.test') return response.end('{"ok":true,"bot_id":"B1"}')
    const isRefresh = form.get('grant_type') === 'refresh_token'
    if (isRefresh && form.get('refresh_token') !== `xoxe-1-${generation}`)
      return response.end('{"ok":false,"error":"invalid_refresh_token"}')
    generation++
    return response.end(
      JSON.stringify({
        ok: true,
        app_id: 'A1',
        authed_user: { id: 'U1' },
        team: { id: 'T1', name: 'team' },
        enterprise: null,
        is_enterprise_install: false,
        scope: 'chat:write',
        token_type: 'bot',
        bot_user_id: 'U2',
        access_token: `xoxe.xoxb-${generation}`,
        refresh_token: `xoxe-1-${generation}`,
        expires_in: 43_200,
      }),
    )
  }
  const rows = new Map<string, Installation>()
  const table = {
    get: async (team: string) => rows.get(team),
    set: async (team: string, installation: Installation) => void rows.set(team, installation),
    delete: async (team: string) => void rows.delete(team),
  }
  const clientOptions = { slackApiUrl: `${slack.url}/api/` }
  const store = installationStore(table, new MemoryTokenStore(), APP, clientOptions)
  const installer = new InstallProvider({
    clientId: APP.client_id,
    clientSecret: APP.client_secret,
    stateSecret: SECRET,
    installationStore: store,
    authorizationUrl: `${slack.url}/authorize`,
    clientOptions,
    directInstall: true,
    installUrlOptions: { scopes: ['chat:write'] },
  })
  app.handler = (request, response) =>
    request.url!.startsWith('/callback')
      ? void installer.handleCallback(request, response, {
          success: (_, __, ___, reply) => void reply.end('installed'),
        })
      : void installer.handleInstallPath(request, response)
  expect(await new Browser('none').fill(`${app.url}/install`)).toBe('installed')

  expect(JSON.stringify([...rows.values()])).not.toContain('xoxe')
  const query = { teamId: 'T1', enterpriseId: undefined, isEnterpriseInstall: false }
  expect(await installer.authorize(query)).toMatchObject({ botToken: 'xoxe.xoxb-1', teamId: 'T1' })
  await expectOneRefresh(() => store.botOf('T1'))
  expect([generation, (await installer.authorize(query)).botToken]).toEqual([2, 'xoxe.xoxb-2'])
  await store.deleteInstallation!(query)
  await expect(installer.authorize(query)).rejects.toThrow('not installed')
})
