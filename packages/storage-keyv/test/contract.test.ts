import { test } from '@jest/globals'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tokenStoreContract, type Medium } from '@latchkey/test-kit'
import { Keyv } from 'keyv'
import { KeyvFile } from 'keyv-file'
import { encrypted, type TokenStore } from '@latchkey/core'
import { KeyvTokenStore } from '../src/index.ts'

const logger = { warn: () => {} }
const over = (keyv: Keyv): TokenStore => new KeyvTokenStore({ keyv, logger })

/** A Map that can be made to fail, like a database with a broken network. */
class Breakable extends Map<string, unknown> {
  broken = false
  #check(): void {
    if (this.broken) throw new Error('the connection was lost')
  }
  override get(key: string): unknown {
    this.#check()
    return super.get(key)
  }
  override set(key: string, value: unknown): this {
    this.#check()
    return super.set(key, value)
  }
  override delete(key: string): boolean {
    this.#check()
    return super.delete(key)
  }
  override [Symbol.iterator](): MapIterator<[string, unknown]> {
    this.#check()
    return super[Symbol.iterator]()
  }
}

function inMemory(): Medium {
  const store = new Breakable()
  const keyv = new Keyv({ store, throwOnErrors: true })
  return { open: () => over(keyv), breakDown: () => void (store.broken = true) }
}

const key = new Uint8Array(32).fill(7)

const MEDIA: Record<string, () => Medium | Promise<Medium>> = {
  'in memory': inMemory,
  'in memory, without a namespace'() {
    const keyv = new Keyv({ throwOnErrors: true, namespace: '' })
    return { open: () => over(keyv) }
  },
  'in memory, with a colon in the namespace'() {
    const keyv = new Keyv({ throwOnErrors: true, namespace: 'app:tokens' })
    return { open: () => over(keyv) }
  },
  'in memory, with an expiry by default that tokens must not get'() {
    const keyv = new Keyv({ throwOnErrors: true, ttl: 100 })
    return { open: () => over(keyv) }
  },
  'in memory, encrypted'() {
    const medium = inMemory()
    return {
      ...medium,
      open: async () => encrypted(await medium.open(), { keys: async () => [key] }),
    }
  },
  async 'in a file (keyv-file)'() {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-keyv-'))
    const store = new KeyvFile({ filename: join(folder, 'tokens.json'), writeDelay: 0 })
    const keyv = new Keyv({ store, throwOnErrors: true })
    const dispose = async (): Promise<void> => {
      await store.clear() // resolves when all is written: keyv takes away what has expired and does not wait for it
      await rm(folder, { recursive: true })
    }
    return { open: () => over(keyv), dispose }
  },
}

for (const [medium, newMedium] of Object.entries(MEDIA))
  for (const { name, skip, run } of await tokenStoreContract(newMedium))
    if (skip) test.skip(`${medium}: ${name} (skipped: ${skip})`, run)
    else test(`${medium}: ${name}`, run)
