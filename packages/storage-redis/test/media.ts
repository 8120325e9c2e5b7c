// What the contract of every token store is run on: namespaces of a Redis.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, test } from '@jest/globals'
import { type Medium, tokenStoreContract } from '@latchkey/test-kit'
import { RedisTokenStore, type RedisTokenStoreOptions } from '../src/index.ts'

const PROGRAM = fileURLToPath(new URL('increments.ts', import.meta.url))
let media = 0

/** A medium is a namespace. */
export function mediumOf(target: RedisTokenStoreOptions): Medium {
  const options = { ...target, namespace: `medium ${(media += 1)}` }
  return {
    open: () => new RedisTokenStore(options),
    async elsewhere(key, times) {
      const args = ['--conditions=@latchkey/source', PROGRAM, JSON.stringify({ options, key, times })]
      const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')
      if (code !== 0) throw new Error(`the other process ended with ${code}`)
    },
    patienceMs: 20_000,
  }
}

/** The contract's cases as tests. */
export async function contractOn(kind: string, medium: () => Promise<Medium>): Promise<void> {
  const contract = await tokenStoreContract(medium)
  describe(kind, () => {
    for (const { name, skip, run } of contract)
      if (skip) test.skip(`${name} (skipped: ${skip})`, run)
      else test(name, run, 30_000)
  })
}
