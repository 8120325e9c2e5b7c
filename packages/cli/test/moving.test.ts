// Moving the tokens into encryption and back, interrupted at every write. The key is in memory; test/system has a real keychain.
import { mkdtempSync, promises as files, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Client, type TokenStore } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { KeychainFiles, moveAccounts } from '../src/keychain.ts'

const { signal } = new AbortController()
const keys = () => Promise.resolve([new Uint8Array(32).fill(7)])
const accounts = ['one', 'two']

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-moving-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const clientOf = (store: TokenStore, account: string) => new Client({ client_id: 'id', account, store })

async function signIn(store: TokenStore): Promise<void> {
  for (const account of accounts)
    await clientOf(store, account).import({
      access_token: `token-of-${account}`,
      refresh_token: 'r',
      expires_in: 3_600,
    })
}

async function expectTokens(state: 'off' | 'turning-on' | 'on' | 'turning-off'): Promise<void> {
  const store = new KeychainFiles({ directory }, state, keys)
  for (const account of accounts)
    expect(await clientOf(store, account).accessToken()).toBe(`token-of-${account}`)
}

/** Returns files of which the write number `crash` and all after it fail, as if the process had ended. */
function crashing(crash: number): { readonly store: FileTokenStore; readonly isCrashed: () => boolean } {
  let links = 0
  const fs = {
    ...files,
    link: (from: string, to: string) =>
      (links += 1) > crash
        ? Promise.reject(Object.assign(new Error('crash'), { code: 'EIO' }))
        : files.link(from, to),
  }
  return { store: new FileTokenStore({ directory, fs: fs as never }), isCrashed: () => links > crash }
}

const MOVES = [
  ['sealed', 'off', 'turning-on', 'on'],
  ['plain', 'on', 'turning-off', 'off'],
] as const

test.each(MOVES)(
  'to %s: after a crash at any write, every account works, and the move can be repeated',
  async (to, before, during, after) => {
    for (let crash = 0; ; crash += 1) {
      await signIn(new KeychainFiles({ directory }, before, keys))
      const { store, isCrashed } = crashing(crash)
      await moveAccounts({ files: store, keys }, to, signal).catch(() => undefined)
      if (!isCrashed()) {
        expect(crash).toBeGreaterThanOrEqual(accounts.length)
        break
      }
      await expectTokens(during)
      expect(await moveAccounts({ files: new FileTokenStore({ directory }), keys }, to, signal)).toBe(
        accounts.length,
      )
      await expectTokens(after)
      rmSync(directory, { recursive: true })
    }
  },
)
