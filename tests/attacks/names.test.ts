// Names of accounts, as a hostile provider or user chooses them: rejected, or stored under exactly that name.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, MemoryTokenStore, type TokenStore } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { KeyvTokenStore } from '@latchkey/storage-keyv'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { Keyv } from 'keyv'
import { Server } from '../../packages/storage-redis/test/servers.ts'
import { collected } from '../support.ts'

/** Each is another name than all others, however alike they look. */
const STORED: readonly string[] = [
  ...[
    'bob',
    'Bob',
    'BOB',
    'bob ',
    ' bob',
    'bob.',
    'bob..',
    'b\u200bob',
    '\ufeffbob',
    'bo\u00adb',
    '\u202ebob',
  ],
  ...[
    'é',
    'e\u0301',
    'É',
    'ﬁ',
    'fi',
    'ſ',
    's',
    'K',
    '\u212a',
    'ß',
    'ss',
    'ẞ',
    'İ',
    'i\u0307',
    'ı',
    '\u00a0',
    '\u2028',
  ],
  ...[
    '.',
    '..',
    '../bob',
    '../../etc/passwd',
    '..\\bob',
    '/etc/passwd',
    '//host/share',
    'C:\\bob',
    'file:///bob',
    '~',
    '~root',
  ],
  ...[
    'CON',
    'con',
    'con.txt',
    'NUL',
    'aux',
    'COM1',
    'COM\u00b9',
    'LPT9',
    'CONIN$',
    'bob:stream',
    'bob::$DATA',
    '*',
    '?',
    '<|>"',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'then',
    'toJSON',
    'true',
    '0',
    '00',
    '1e3',
    '-0',
  ],
  ...[
    '%',
    '%2e%2e',
    '%2F',
    '%00',
    '%u0301',
    'a/b',
    'a%2fb',
    'a%2Fb',
    'a%252Fb',
    'a//b',
    '/',
    '//',
    '+',
    'a+b',
    'a b',
    '&a=b',
    '#',
    '?a',
  ],
  ...[
    '::',
    'bob::',
    '::bob',
    'eu::bob',
    'eu:bob',
    'namespace:default',
    'pending/bob',
    'imgur/id/bob',
    'id/bob',
    '{bob}',
    '[bob]',
  ],
  ...[
    '$HOME',
    '`id`',
    "'; DROP TABLE tokens; --",
    '-rf',
    '${7*7}',
    '<script>',
    '\\u0000',
    '🦊',
    '👩‍👩‍👧',
    '\u{10ffff}',
  ],
  ...[
    'x'.repeat(99),
    'x'.repeat(100),
    'x'.repeat(255),
    'x'.repeat(5_000),
    `${'x'.repeat(5_000)}y`,
    '🦊'.repeat(1_000),
  ],
]

const REJECTED: readonly unknown[] = [
  ...[
    '',
    'undefined',
    'null',
    'NaN',
    '[object Object]',
    'a\0',
    '\0',
    'a\nb',
    'a\r',
    '\t',
    '\x1b[2J',
    '\x7f',
    '\x85',
    '\x9f',
  ],
  ...[
    '\ud800',
    '\udfff',
    'a\udc00b',
    '\udc00\ud800',
    '🦊\ud83e',
    undefined,
    null,
    7,
    7n,
    true,
    {},
    [],
    ['bob'],
    Symbol('bob'),
  ],
  { toString: () => 'bob' },
]

interface Medium {
  open(): TokenStore
  end(): unknown
}

const MEDIA: Readonly<Record<string, () => Promise<Medium>>> = {
  memory: async () => {
    const store = new MemoryTokenStore()
    return { open: () => store, end() {} }
  },
  files: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-names-'))
    return {
      open: () => new FileTokenStore({ directory }),
      end: () => rmSync(directory, { recursive: true }),
    }
  },
  Redis: async () => {
    const { url } = await Server.start()
    const stores: RedisTokenStore[] = []
    return {
      open: () => (stores.push(new RedisTokenStore({ url })), stores.at(-1)!),
      end: () => Promise.all(stores.map(store => store.close())),
    }
  },
  Keyv: async () => {
    const keyv = new Keyv({ throwOnErrors: true })
    return { open: () => new KeyvTokenStore({ keyv }), end() {} }
  },
}

const show = (name: unknown): string =>
  typeof name === 'string'
    ? JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…${name.length}` : name)
    : typeof name

let cases = 0
const attack = (title: string, run: () => unknown): void => {
  cases++
  test(title, async () => void (await run()))
}

describe.each(Object.keys(MEDIA))('%s', kind => {
  let medium: Medium
  let reader: Client
  beforeAll(async () => {
    medium = await MEDIA[kind]!()
    const writer = new Client({ client_id: 'id', store: medium.open() })
    await Promise.all(STORED.map((name, n) => writer.account(name).import({ access_token: `token-${n}` })))
    reader = new Client({ client_id: 'id', store: medium.open() })
  })
  afterAll(async () => void (await medium.end()))

  STORED.forEach((name, n) =>
    attack(`the account ${show(name)} has its own tokens`, async () => {
      expect(await reader.account(name).accessToken()).toBe(`token-${n}`)
    }),
  )

  attack('exactly these accounts are listed', async () => {
    expect((await collected(reader.accounts())).sort()).toEqual([...STORED].sort())
  })

  attack('a sign-out of one account signs out no other', async () => {
    const signedOut = ['../../etc/passwd', 'é', 'BOB', 'eu::bob', '%2F']
    for (const name of signedOut) await reader.account(name).signOut()
    const after = new Client({ client_id: 'id', store: medium.open() })
    for (const name of STORED)
      expect((await after.account(name).status()).status).toBe(
        signedOut.includes(name) ? 'signedOut' : 'live',
      )
  })
})

describe('rejected', () => {
  for (const name of REJECTED)
    attack(`the account ${show(name)} is a TypeError`, () => {
      const client = new Client({ client_id: 'id' })
      expect(() => client.account(name as string)).toThrow(TypeError)
      expect(() => client.account(name as string)).toThrow(/^account /)
      // Without an account, or with an empty one, a client has the account 'default'.
      if (name) expect(() => new Client({ client_id: 'id', account: name as string })).toThrow(/^account /)
    })
})

describe('namespaces of Redis', () => {
  const PAIRS = [
    [
      ['app', 'eu::bob'],
      ['app::eu', 'bob'],
    ],
    [
      ['app', ':bob'],
      ['app:', 'bob'],
    ],
    [
      ['app', '::bob'],
      ['app::', 'bob'],
    ],
    [
      ['a', 'b::c::d'],
      ['a::b', 'c::d'],
    ],
    [
      ['a::b', 'c::d'],
      ['a::b::c', 'd'],
    ],
    [
      ['app', '%3A%3Abob'],
      ['app::', 'bob'],
    ],
    [
      ['%', '3A'],
      ['%3', 'A'],
    ],
    [
      ['App', 'bob'],
      ['app', 'bob'],
    ],
    [
      ['é', 'bob'],
      ['e\u0301', 'bob'],
    ],
  ] as const
  let url = ''
  const stores: RedisTokenStore[] = []
  beforeAll(async () => void ({ url } = await Server.start()))
  afterAll(() => Promise.all(stores.map(store => store.close())))
  for (const [one, other] of PAIRS)
    attack(`${JSON.stringify(one)} and ${JSON.stringify(other)} are two keys`, async () => {
      const [first, second] = [one, other].map(([namespace, key]) => {
        const store = new RedisTokenStore({ url, namespace })
        stores.push(store)
        return { store, key }
      })
      await first!.store.compareAndSwap(first!.key, undefined, 'first')
      expect(await second!.store.read(second!.key)).toBeUndefined()
      await second!.store.compareAndSwap(second!.key, undefined, 'second')
      expect(await first!.store.read(first!.key)).toMatchObject({ value: 'first' })
      for (const { store, key } of [first!, second!]) expect(await collected(store.keys())).toContain(key)
      for (const { store, key } of [first!, second!]) await store.remove(key)
    })
})

test('there are at least 400 cases', () => {
  expect(cases).toBeGreaterThanOrEqual(400)
})
