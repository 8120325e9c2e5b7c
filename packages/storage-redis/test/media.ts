// The media of the token store contract: namespaces of a Redis.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from '@jest/globals'
import { type Medium, tokenStoreContract } from '@latchkey/test-kit'
import { RedisTokenStore, type RedisTokenStoreOptions } from '../src/index.ts'
import { bundled } from '../../../tools/bundled.ts'
import { sealed } from '../../../tools/sealed.ts'

const PROGRAM = bundled(new URL('increments.ts', import.meta.url))
let media = 0
/** Long, because machines may be busy. */
export const timeoutMs = 15_000

/** Returns a medium: a namespace. */
export function mediumOf(target: RedisTokenStoreOptions, isEncrypted = false): Medium {
  const options = { ...target, namespace: `medium ${(media += 1)}` }
  return {
    open: () => sealed(new RedisTokenStore(options), isEncrypted),
    async incrementInOtherProcess(key, times) {
      const args = [PROGRAM, JSON.stringify({ options, key, times, isEncrypted })]
      const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')
      if (code !== 0) throw new Error(`the other process ended with ${code}`)
    },
    timeoutMs: 60_000,
  }
}

/** Declares the contract's cases as tests. */
export async function contractOn(kind: string, medium: () => Promise<Medium>): Promise<void> {
  const contract = await tokenStoreContract(medium)
  describe(kind, () => {
    for (const { name, skip, run } of contract)
      if (skip) test.skip(`${name} (skipped: ${skip})`, run)
      else test(name, run)
  })
}
