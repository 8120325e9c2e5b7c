// The web server of the README, as a user copies it, with a PostgreSQL of its own: two processes.
import { expect, test } from '@jest/globals'
import { simulateUser, startEmulator } from '@latchkey/emulator'
import { Postgres } from '../../packages/storage-sql/test/servers.ts'
import { freePorts } from '../../tools/free-ports.ts'
import { visit } from '../servers/cookies.ts'
import { environmentOf, folderWith, towards } from '../readme-programs.ts'

test('a user signs in at one process, is known at both, and signs out', async () => {
  const [port] = (await freePorts(1)) as [number]
  const origin = `http://localhost:${port}`
  const [database, emulator] = await Promise.all([
    Postgres.start(),
    startEmulator({ clients: [{ redirect_uri: `${origin}/auth/callback` }] }),
  ])
  const source = towards(emulator, 'web server')
  expect(source.trim().split('\n').length).toBeLessThanOrEqual(35)
  await using folder = await folderWith(source, {
    ...environmentOf(emulator),
    DATABASE_URL: `postgres://admin@127.0.0.1:${database.port}/postgres`,
    SECRET: 'a secret of at least thirty-two characters',
    PORT: String(port),
  })
  const send = visit(origin)
  {
    await using first = folder.start()
    await first.printed(/port: (\d+)/)
    const home = await send('/')
    expect(home.headers.get('location')).toBe('/auth/login?to=/')
    const started = await send('/auth/login?to=/')
    const { account_username: username, password } = emulator.user
    const redirect = await simulateUser({ username, password }).allow(started.headers.get('location')!)
    expect((await send(redirect)).headers.get('location')).toBe('/')
    expect(await (await send('/')).text()).toBe(`You are ${username}`)
  }
  // Another process, with the same database.
  await using second = folder.start()
  await second.printed(/port: (\d+)/)
  expect(await (await send('/')).text()).toBe(`You are ${emulator.user.account_username}`)
  const form = { method: 'POST', body: new URLSearchParams({ to: '/' }), headers: { origin } }
  expect((await send('/auth/logout', form)).status).toBe(303)
  expect((await send('/')).headers.get('location')).toBe('/auth/login?to=/')
  await emulator.close()
})
