// Runs the contract of token stores in workerd, on Durable Objects.
import type { TokenStore } from '@latchkey/core'
import { tokenStoreContract } from '@latchkey/test-kit'
import { durableObjectStore, TokenObject } from '../../../examples/web-frameworks/src/durable-objects.ts'

export { TokenObject }

type Environment = { readonly TOKENS: Parameters<typeof durableObjectStore>[0] }

/** A store whose keys begin with `prefix`: an empty medium. */
function withPrefix(store: TokenStore, prefix: string): TokenStore {
  return {
    atomicity: store.atomicity,
    read: key => store.read(prefix + key),
    compareAndSwap: (key, ...rest) => store.compareAndSwap(prefix + key, ...rest),
    remove: key => store.remove(prefix + key),
  }
}

export default {
  async test(_: unknown, env: Environment): Promise<void> {
    let media = 0
    const contract = await tokenStoreContract(() => {
      const prefix = `medium ${(media += 1)} `
      return { open: () => withPrefix(durableObjectStore(env.TOKENS), prefix) }
    })
    const outcomes = { passed: 0, skipped: 0, failed: [] as string[] }
    for (const { name, skip, run } of contract)
      if (skip) outcomes.skipped += 1
      else
        await run().then(
          () => (outcomes.passed += 1),
          error => outcomes.failed.push(`${name}: ${error}`),
        )
    console.log(JSON.stringify(outcomes))
  },
}
