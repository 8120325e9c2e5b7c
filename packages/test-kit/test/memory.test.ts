import { test } from '@jest/globals'
import { MemoryTokenStore } from '@latchkey/core'
import { fakeClock, tokenStoreContract } from '../src/index.ts'

const contract = await tokenStoreContract(() => {
  const clock = fakeClock()
  const store = new MemoryTokenStore({ clock })
  return { open: () => store, clock }
})

for (const { name, skip, run } of contract)
  if (skip) test.skip(`MemoryTokenStore: ${name} (skipped: ${skip})`, run)
  else test(`MemoryTokenStore: ${name}`, run)
