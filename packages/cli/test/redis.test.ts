// Tokens in Redis. Its password is only in the environment or the configuration file.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { simulateUser } from '@latchkey/emulator'
import { Server } from '../../storage-redis/test/servers.ts'
import { eachTestHasAUser, emulator, home } from './one-user.ts'
import { run, start } from './support.ts'

const password = 'correct-horse-battery-staple'

eachTestHasAUser()

test('environment and file give the same store; a wrong password is a store error, and is not shown', async () => {
  const server = await Server.start({ requirepass: password }, { credentials: { password } })
  const { account_username: username, password: theirs } = emulator.user
  const env = { ...home.env, LATCHKEY_STORE: `redis://:${password}@127.0.0.1:${server.port}` }
  const login = start(['login'], { env })
  const url = await login.says(/opens in your browser:\s+(\S+)\n/)
  const { environment } = await home.opened()
  await fetch(await simulateUser({ username, password: theirs }).allow(url))
  expect([await login.exitCode, login.stdout]).toEqual([0, 'Signed in to imgur as rmp135.\n'])
  expect(environment).not.toContain(password)

  mkdirSync(join(home.path, 'config/latchkey'), { recursive: true })
  const file = join(home.path, 'config/latchkey/config.json')
  const configure = (url: string): void =>
    writeFileSync(file, JSON.stringify({ store: { redis: { url } } }), { mode: 0o600 })
  configure(env.LATCHKEY_STORE)
  expect((await run(['token'], home)).stdout).toMatch(/^[0-9a-f]{40}\n$/)
  expect((await run(['accounts'], home)).stdout).toMatch(/^imgur\.\S+ +default +rmp135 +signed in/m)

  configure(env.LATCHKEY_STORE.replace(password, `${password}-not`))
  const { exitCode, stdout, stderr } = await run(['token'], home)
  expect([exitCode, stdout]).toEqual([8, ''])
  expect(stderr).not.toContain(password)
})
