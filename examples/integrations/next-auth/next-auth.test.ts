import { expect, test } from '@jest/globals'
import express from 'express'
import NextAuth from 'next-auth'
import { Browser } from '../../../tests/servers/browser.ts'
import {
  app,
  APP,
  ends,
  expectOneRefresh,
  refreshes,
  SCOPE,
  SECRET,
  server,
  tokensOf,
} from '../test/support.ts'
import { nextAuthOptions } from './next-auth.ts'

test('next-auth: the jwt callback', async () => {
  const options = nextAuthOptions(
    {
      id: 'test',
      name: 'Test',
      type: 'oauth',
      wellKnown: `${server.url}/.well-known/openid-configuration`,
      clientId: APP.client_id,
      clientSecret: APP.client_secret,
      client: { token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'ES256' },
      authorization: { params: { scope: SCOPE } },
      idToken: true,
      checks: ['pkce', 'state'],
      profile: ({ sub }) => ({ id: sub }),
    },
    tokensOf,
  )
  process.env['NEXTAUTH_URL'] = app.url
  ends.push(() => delete process.env['NEXTAUTH_URL'])
  const routes = express()
  routes.use(express.urlencoded({ extended: false }))
  routes.all('/api/auth/*nextauth', async (request, response) => {
    const cookies = Object.fromEntries(
      decodeURIComponent(request.headers.cookie ?? '')
        .split('; ')
        .map(pair => pair.split(/=(.*)/s).slice(0, 2)),
    ) as Record<string, string>
    const { nextauth } = request.params
    Object.defineProperty(request, 'query', { value: { ...request.query, nextauth } })
    await (NextAuth.default(Object.assign(request, { cookies }) as never, response as never, {
      ...options,
      secret: SECRET,
    }) as Promise<void>)
  })
  routes.get('/', (_, response) => void response.send('home'))
  app.handler = routes

  const browser = new Browser('none')
  expect(await browser.fill(`${app.url}/api/auth/signin`, {})).toContain('home')
  const shown = JSON.parse(await browser.fill(`${app.url}/api/auth/session`)) as { user: { id: string } }
  expect(shown.user.id).toBe('somebody')
  await expectOneRefresh(() => tokensOf(shown.user.id))
  expect(refreshes).toBe(1)
})
