import { afterAll, test } from '@jest/globals'
import { transportContract } from '@latchkey/test-kit'
import { startContractServer } from '@latchkey/test-kit/node'
import { fetchTransport } from '../src/index.ts'

const server = await startContractServer()
afterAll(() => server.close())

const contract = transportContract({
  ...server,
  transport: fetchTransport(),
  ownsConnections: true,
})

for (const { name, skip, run } of contract)
  if (skip) test.skip(`${name} (skipped: ${skip})`, run)
  else test(name, run)
