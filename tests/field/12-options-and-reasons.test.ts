// Options that nobody reads, and reasons that nobody hears: on real files and a real Redis, through a client.
import { chmodSync, chownSync, mkdirSync, readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import * as core from '@latchkey/core'
import {
  Client,
  type ClientOptions,
  encrypted,
  imgur,
  keepTokens,
  MemoryTokenStore,
  StoreError,
  type TokenStore,
} from '@latchkey/core'
import type { Json } from '@latchkey/core/ports'
import { startEmulator } from '@latchkey/emulator'
import { startReceiver } from '@latchkey/receivers/node'
import { defaultDirectory, FileTokenStore } from '@latchkey/storage-fs'
import { KeyvTokenStore } from '@latchkey/storage-keyv'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { fakeClock } from '@latchkey/test-kit'
import { authorizedFetch, fetchTransport, kyHooks } from '@latchkey/transport-fetch'
import { smallDisk } from '../../packages/storage-fs/test/small-disk.ts'
import { accountFolder, asRoot, temporaryFolder } from '../../packages/storage-fs/test/support.ts'
import { Server } from '../../packages/storage-redis/test/servers.ts'
import { storeWith } from '../support.ts'
import { field, neighbour } from './support.ts'

const KEY = 'imgur/id/default'
const TOKENS = { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 3600 }
const EXPIRED = { ...TOKENS, expires_in: 1, expires_at: Date.now() - 60_000 }
const NOBODY = 65_534

const clientOf = (store: TokenStore, options: ClientOptions = {}): Client =>
  new Client({ client_id: 'id', client_secret: 'shh', store, logger: { warn() {} }, ...options })

/** A client that must not wait: by its clock, no wait ends. */
const withoutWaits = () => ({ clock: fakeClock({ nowMs: Date.now() }) })

/** What a call rejects with. */
async function failed(call: () => Promise<unknown>): Promise<Error & { code: string }> {
  const error = await call().then(
    value => {
      throw new Error(`it resolved to ${JSON.stringify(value)}`)
    },
    (reason: Error) => reason,
  )
  return error as Error & { code: string }
}

/** A store in files that has an account, and the client of another process. */
async function signedIn(directory: string, tokens: typeof TOKENS = TOKENS, options?: ClientOptions) {
  const store = new FileTokenStore({ directory, logger: { warn() {} } })
  const client = clientOf(store)
  await client.import(tokens)
  await client.settled()
  await client.close()
  return { store, other: clientOf(new FileTokenStore({ directory, logger: { warn() {} } }), options) }
}

/** Empties every file of the account. */
function emptyFiles(directory: string): void {
  const { path, names } = accountFolder(directory)
  for (const name of names) truncateSync(join(path, name))
}

const mistyped: readonly (readonly [string, () => unknown, string])[] = [
  [
    'FileTokenStore',
    () => new FileTokenStore({ dir: '/x' } as object),
    "'dir' is not an option of FileTokenStore",
  ],
  ['FileTokenStore, a path alone', () => new FileTokenStore('/x' as never), 'must be an object'],
  [
    'RedisTokenStore',
    () => new RedisTokenStore({ url: 'redis://h', prefix: 'x' } as never),
    "'prefix' is not an option",
  ],
  [
    'RedisTokenStore, confirm',
    () => new RedisTokenStore({ url: 'redis://h', confirm: { replicas: 1, timeout: 5 } } as never),
    "'timeout' is not an option of confirm",
  ],
  ['KeyvTokenStore', () => new KeyvTokenStore({ kv: 1 } as never), "'kv' is not an option of KeyvTokenStore"],
  ['MemoryTokenStore', () => new MemoryTokenStore({ clocks: 1 } as object), "'clocks' is not an option"],
  [
    'encrypted',
    () => encrypted(new MemoryTokenStore(), { key: async () => [] } as never),
    "'key' is not an option of encrypted()",
  ],
  ['keepTokens', () => keepTokens({ leeway: 5 } as never), "'leeway' is not an option of keepTokens()"],
  ['Client', () => new Client({ clientId: 'x' } as object), "'clientId' is not an option of a client"],
  ['imgur', () => imgur({ baseURL: 'https://x' } as object), "'baseURL' is not an option of imgur()"],
  ['setDefaults', () => core.setDefaults({ transports: 1 } as object), "'transports' is not an option"],
  [
    'fetchTransport',
    () => fetchTransport({ timeout: 5 } as object),
    "'timeout' is not an option of fetchTransport()",
  ],
  [
    'authorizedFetch',
    () => authorizedFetch(new Client('id'), { origin: 'https://x' } as object),
    "'origin' is not an option of authorizedFetch()",
  ],
  [
    'kyHooks',
    () => kyHooks(new Client('id'), { replayBytes: 1 } as object),
    "'replayBytes' is not an option of kyHooks()",
  ],
  ['startReceiver', () => startReceiver({ port: 1 } as object), "'port' is not an option of startReceiver()"],
  ['startEmulator', () => startEmulator({ rotations: 'strict' } as object), 'rotations'],
  ['discover', () => core.discover('https://as.example', { timeout: 1 } as object), 'timeout'],
  [
    'save',
    () => new Client('id').Authorize.byCode().save({}, { lifetime: 1 } as object),
    "'lifetime' is not an option of save()",
  ],
  [
    'complete',
    () => new Client('id').Authorize.complete('https://app.example/?code=1', { bindings: 'x' } as never),
    "'bindings' is not an option of complete()",
  ],
]

test.each(mistyped)(
  'field case 12: an unknown option is a TypeError that names it: %s',
  async (_, call, words) => {
    const error = await Promise.resolve()
      .then(call)
      .then(
        () => undefined,
        (reason: unknown) => reason,
      )
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toContain(words)
  },
)

field(
  'issue',
  'an error of the store reaches the caller itself, at once where it will not pass',
  async () => {
    const error = new StoreError('tokens.db: permission denied: chmod it', undefined, { isPermanent: true })
    const fail = (): Promise<never> => Promise.reject(error)
    const client = clientOf(
      storeWith(new MemoryTokenStore(), { read: fail, compareAndSwap: fail }),
      withoutWaits(),
    )
    for (const call of [
      () => client.accessToken(),
      () => client.status(),
      () => client.tokens(),
      () => client.signOut(),
      () => client.settled(),
    ]) {
      expect(await failed(call)).toBe(error)
    }
  },
)

neighbour(
  'an error that is not of Latchkey shows its code, system call and path, and not its message',
  async () => {
    const details = { code: 'EIO', syscall: 'read', path: '/var/tokens/a' }
    const broken = Object.assign(new Error('canary'), details)
    const client = clientOf(storeWith(new MemoryTokenStore(), { read: () => Promise.reject(broken) }))
    const error = await failed(() => client.accessToken())
    expect(error).toMatchObject({
      code: 'store_unavailable',
      message: 'the token store could not be read: EIO read /var/tokens/a',
      cause: { code: 'EIO', syscall: 'read' },
    })
  },
)

neighbour('new tokens are handed out at once when the store says that it will not take them', async () => {
  const medium = new MemoryTokenStore()
  let isFull = false
  const full = new StoreError('the disk is read-only', undefined, { isPermanent: true })
  const store = storeWith(medium, {
    compareAndSwap(key, expected, value, options) {
      const isLease = !!(value as { lease?: unknown }).lease
      return isFull && !isLease ? Promise.reject(full) : medium.compareAndSwap(key, expected, value, options)
    },
  })
  const kept = keepTokens({
    store,
    key: 'k',
    ...withoutWaits(),
    logger: { warn() {} },
    refresh: async () => ({ access_token: 'access-2', expires_in: 3600 }),
  })
  await kept.import(EXPIRED)
  await kept.settled()
  isFull = true
  expect(await kept.accessToken()).toBe('access-2')
  await expect(kept.settled()).rejects.toThrow('the disk is read-only')
})

field(
  'issue',
  'a damaged account, every file emptied: the reason reaches the caller, a sign-in replaces it',
  async () => {
    const directory = temporaryFolder()
    const { other } = await signedIn(directory)
    emptyFiles(directory)
    const error = await failed(() => other.accessToken())
    expect(error).toMatchObject({ name: 'StoreCorruptError', code: 'store_corrupt' })
    expect(error.message).toContain(directory)
    await other.import({ ...TOKENS, access_token: 'access-2' })
    await other.settled()
    const third = clientOf(new FileTokenStore({ directory }))
    expect(await third.accessToken()).toBe('access-2')
    expect(await third.status()).toMatchObject({ status: 'live' })
  },
)

neighbour('a damaged account, every file emptied: a sign-out replaces it', async () => {
  const directory = temporaryFolder()
  const { other } = await signedIn(directory)
  emptyFiles(directory)
  await other.signOut()
  expect(await clientOf(new FileTokenStore({ directory })).status()).toMatchObject({ because: 'signed-out' })
})

neighbour('tokens of the configuration do not replace a damaged account: a sign-in does', async () => {
  const directory = temporaryFolder()
  await signedIn(directory)
  emptyFiles(directory)
  const store = new FileTokenStore({ directory, logger: { warn() {} } })
  const client = clientOf(store, { refresh_token: 'from-the-configuration' })
  const error = await failed(() => client.accessToken())
  expect(error.code).toBe('store_corrupt')
})

test.each<[string, Json]>([
  ['a text', 'rubbish'],
  ['an object', { v: 2, tokens: 'x' }],
  ['null', null],
])('neighbour: a record that is none is replaced by a sign-in and by a sign-out: %s', async (_, value) => {
  for (const leave of ['signIn', 'signOut'] as const) {
    const store = new MemoryTokenStore()
    await store.compareAndSwap(KEY, undefined, value)
    const client = clientOf(store)
    const error = await failed(() => client.accessToken())
    expect(error).toMatchObject({
      code: 'record_unusable',
      message: expect.stringContaining('sign in or sign out to replace it'),
    })
    if (leave === 'signOut') await client.signOut()
    else await client.import(TOKENS)
    await client.settled()
    const status = leave === 'signOut' ? 'signedOut' : 'live'
    expect(await clientOf(store).status()).toMatchObject({ status })
  }
})

neighbour('a record of a newer version, of another account or of a lost key is never replaced', async () => {
  const record = { family: 'f', generation: 1, status: 'live', tokens: {}, spareRefreshTokens: [] }
  const foreign = { ...record, v: 2, provider: 'x', client_id: 'y', account: 'z' }
  const keys = (byte: number) => async () => [new Uint8Array(32).fill(byte)]
  const lost = new MemoryTokenStore()
  const first = clientOf(encrypted(lost, { keys: keys(1) }))
  await first.import(TOKENS)
  await first.settled()
  const cases: [TokenStore, TokenStore, string][] = [
    [lost, encrypted(lost, { keys: keys(2) }), 'decryption_failed'],
  ]
  for (const value of [{ v: 3 }, foreign]) {
    const medium = new MemoryTokenStore()
    await medium.compareAndSwap(KEY, undefined, value)
    cases.push([medium, medium, 'record_unusable'])
  }
  for (const [medium, store, code] of cases) {
    const before = await medium.read(KEY)
    const client = clientOf(store, withoutWaits())
    const isLost = code === 'decryption_failed'
    for (const call of [
      () => client.accessToken(),
      // A sign-out gives up tokens whose key is lost; tests/encrypted.test.ts shows it.
      ...(isLost ? [] : [() => client.signOut()]),
      () => client.import(TOKENS).then(() => client.settled()),
    ]) {
      const error = await failed(call)
      expect(error.code).toBe(code)
    }
    expect(await medium.read(KEY)).toEqual(before)
  }
})

neighbour('a value that was repaired meanwhile is not removed', async () => {
  const medium = new MemoryTokenStore()
  const corrupt = new core.StoreCorruptError('damaged')
  let isDamaged = true
  const store = storeWith(medium, {
    read: key => (isDamaged ? Promise.reject(corrupt) : medium.read(key)),
    remove: () => Promise.reject(new Error('it was removed')),
  })
  const repairing = storeWith(store, {
    async compareAndSwap(...swap) {
      if (isDamaged) await clientOf(medium).import({ ...TOKENS, access_token: 'restored' })
      isDamaged = false
      return medium.compareAndSwap(...swap)
    },
  })
  const client = clientOf(repairing)
  await client.import({ ...TOKENS, access_token: 'mine' })
  await client.settled()
  expect(await medium.read(KEY)).toMatchObject({ value: { generation: 2, tokens: { access_token: 'mine' } } })
})

asRoot(
  'neighbour: a folder of mode 0: the path, the permission and what to do reach the caller at once',
  async () => {
    const directory = join(temporaryFolder(), 'tokens')
    mkdirSync(directory)
    chmodSync(join(directory, '..'), 0o755)
    chownSync(directory, NOBODY, NOBODY)
    process.seteuid!(NOBODY)
    try {
      const { other } = await signedIn(directory, EXPIRED, withoutWaits())
      chmodSync(join(directory, 'accounts', readdirSync(join(directory, 'accounts'))[0]!), 0)
      for (const call of [() => other.accessToken(), () => other.signOut()]) {
        const error = await failed(call)
        expect(error.message).toMatch(/permission denied: give this user access.*\(EACCES .*accounts/)
        expect(error.message).toContain(directory)
      }
    } finally {
      process.seteuid!(0)
    }
  },
)

neighbour('a file that others can read: the path and the mode reach the caller', async () => {
  const directory = temporaryFolder()
  const { other } = await signedIn(directory)
  chmodSync(accountFolder(directory).path, 0o777)
  const error = await failed(() => other.accessToken())
  expect(error).toMatchObject({ code: 'store_unsafe', message: expect.stringContaining(directory) })
})

asRoot('neighbour: a full disk: the path and the reason reach the caller', async () => {
  const { directory, fill } = smallDisk(64)
  const { other } = await signedIn(directory, EXPIRED)
  fill(0)
  const { path, names } = accountFolder(directory)
  for (const name of names.filter(one => one.endsWith('.spare'))) truncateSync(join(path, name))
  fill(0, 'the rest')
  const error = await failed(() =>
    other
      .account('b')
      .import(TOKENS)
      .then(() => other.account('b').settled()),
  )
  expect(error.message).toMatch(/the disk is full: free some space \(ENOSPC/)
  expect(error.message).toContain(directory)
})

neighbour('an empty HOME is an unset one', async () => {
  const { HOME } = process.env
  process.env['HOME'] = ''
  try {
    expect(defaultDirectory()).toMatch(/^\/.*latchkey$/)
  } finally {
    if (HOME === undefined) delete process.env['HOME']
    else process.env['HOME'] = HOME
  }
})

const redis = await Server.start()

field('issue', 'Redis: a user without permission is told so, at once', async () => {
  await redis.command(
    'ACL',
    'SETUSER',
    'reader',
    'on',
    '>pw',
    '~*',
    '&*',
    '+get',
    '+hello',
    '+client',
    '+ping',
  )
  const url = redis.url.replace('redis://', 'redis://reader:pw@')
  const client = clientOf(new RedisTokenStore({ url, logger: { warn() {} } }), withoutWaits())
  const error = await failed(() => client.import(TOKENS).then(() => client.settled()))
  expect(error).toMatchObject({ name: 'StoreError', code: 'store_unavailable', isPermanent: true })
  expect(error.message).toMatch(/lacks a permission.*\(NOPERM\)/)
  expect(error.message).not.toContain('pw')
  await client.close()
})

neighbour('Redis: a replica that takes no writes is named, and so is a wrong password', async () => {
  const replica = await Server.start({ replicaof: `127.0.0.1 ${redis.port}` })
  const options = { timeoutMs: 3_000, logger: { warn() {} } }
  const client = clientOf(new RedisTokenStore({ url: replica.url, ...options }))
  const error = await failed(() =>
    client
      .signOut()
      .then(() => client.import(TOKENS))
      .then(() => client.settled()),
  )
  expect(error.message).toMatch(/the server is a replica \(READONLY\)/)
  await client.close()

  const url = redis.url.replace('redis://', 'redis://reader:wrong@')
  const stranger = clientOf(new RedisTokenStore({ url, ...options }))
  const refused = await failed(() => stranger.accessToken())
  expect(refused.message).toMatch(/the password is wrong or missing \(WRONGPASS\)/)
  await stranger.close()
})

neighbour('Redis: a value that other code wrote is replaced by a sign-in', async () => {
  await redis.command('SET', `latchkey::${KEY}`, 'rubbish')
  const client = clientOf(new RedisTokenStore({ url: redis.url, logger: { warn() {} } }))
  const error = await failed(() => client.accessToken())
  expect(error.code).toBe('store_corrupt')
  await client.import(TOKENS)
  await client.settled()
  expect(await client.status()).toMatchObject({ status: 'live' })
  await client.close()
})
