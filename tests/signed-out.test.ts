// After a sign-out no medium contains a token, however it came in.
import { expect, test } from '@jest/globals'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, MemoryTokenStore, type TokenStore } from '@latchkey/core'
import { simulateUser, startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { KeyvTokenStore } from '@latchkey/storage-keyv'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { Keyv } from 'keyv'
import { makeHome, run } from '../packages/cli/test/support.ts'
import { Server } from '../packages/storage-redis/test/servers.ts'
import { clientOf, respondingWith } from './support.ts'

/** Everything that is stored, as text. */
interface Medium {
  readonly store: TokenStore
  content(): Promise<string>
  end(): Promise<unknown>
}

/** Returns all files of a folder, as text. */
const filesIn = (directory: string): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    .join()

const MEDIA: Readonly<Record<string, () => Promise<Medium>>> = {
  async files() {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-signed-out-'))
    const store = new FileTokenStore({ directory })
    return {
      store,
      content: () => Promise.resolve(filesIn(directory)),
      end: async () => (await store.close(), rmSync(directory, { recursive: true })),
    }
  },
  async Redis() {
    const server = await Server.start()
    const store = new RedisTokenStore({ url: server.url })
    return {
      store,
      async content() {
        const keys = (await server.command('KEYS', '*')) as string[]
        return (await Promise.all(keys.map(key => server.command('GET', key)))).join()
      },
      end: () => store.close(),
    }
  },
  async Keyv() {
    const keyv = new Keyv({ throwOnErrors: true })
    const store = new KeyvTokenStore({ keyv })
    return {
      store,
      content: () => Promise.resolve(JSON.stringify([...(keyv.store as Map<string, unknown>)])),
      end: () => Promise.resolve(),
    }
  },
  async memory() {
    const store = new MemoryTokenStore()
    return {
      store,
      async content() {
        const values = []
        for await (const key of store.keys()) values.push(JSON.stringify(await store.read(key)))
        return values.join()
      },
      end: () => store.close(),
    }
  },
}

const WAYS = {
  'obtained by code': (client: Client) => {
    const auth = client.Authorize.byCode()
    return auth.authorize(`/?code=c0de&state=${auth.state}`)
  },
  imported: (client: Client) =>
    client.import({ access_token: 'token-a0', refresh_token: 'token-r0', expires_in: 0 }),
  assigned: async (client: Client) => {
    client.refresh_token = 'token-r0'
    await client.settled()
  },
  'passed to the constructor': (client: Client) => client.settled(),
}

for (const [medium, start] of Object.entries(MEDIA))
  for (const [way, enter] of Object.entries(WAYS))
    test(`${medium}: tokens that were ${way} and refreshed are gone after the sign-out`, async () => {
      const { store, content, end } = await start()
      let grants = 0
      const transport = respondingWith(() => {
        grants++
        const tokens = { access_token: `token-a${grants}`, refresh_token: `token-r${grants}` }
        return {
          body: JSON.stringify({ ...tokens, token_type: 'bearer', expires_in: 3600, id_token: 'token-i' }),
        }
      })
      const passed = way.startsWith('passed') ? { access_token: 'token-a0', refresh_token: 'token-r0' } : {}
      const client = new Client({ client_id: 'id', store, transport, logger: { warn() {} }, ...passed })
      await enter(client)
      for (let n = 0; n < 4; n++) await client.Authorize.regenerateFromRefreshToken()
      expect(await content()).toMatch(/token-r[45]/)
      await client.signOut()
      expect(await content()).not.toContain('token-')
      await end()
    })

test('`latchkey logout` leaves no token in any file of the user', async () => {
  await using emulator = await startEmulator()
  const home = makeHome(emulator)
  const store = new FileTokenStore({ directory: join(home.path, 'data', 'latchkey') })
  await using client = clientOf(emulator, { store })
  const auth = client.Authorize.byCode()
  const { account_username: username, password } = emulator.user
  const issued = [await auth.authorize(await simulateUser({ username, password }).allow(auth.url))]
  for (let n = 0; n < 3; n++) issued.push((await client.Authorize.regenerateFromRefreshToken())!)
  const secrets = issued.flatMap(({ access_token, refresh_token }) => [access_token, refresh_token!])
  expect((await run(['token'], home)).stdout).toBe(`${issued.at(-1)!.access_token}\n`)
  expect(secrets.filter(secret => filesIn(home.path).includes(secret))).not.toEqual([])
  expect((await run(['logout'], home)).stdout).toMatch(/^Signed out here/)
  expect(secrets.filter(secret => filesIn(home.path).includes(secret))).toEqual([])
  home.remove()
})
