import { expect, test } from '@jest/globals'
import { mediumWith } from '../src/broken-stores/broken-store.ts'
import { brokenStores, type Medium, tokenStoreContract } from '../src/index.ts'

const correctMedium = (): Medium => mediumWith(() => () => ({}))

for (const { name, skip, run } of await tokenStoreContract(correctMedium))
  if (skip) test.skip(`the correct base store: ${name} (skipped: ${skip})`, run)
  else test(`the correct base store: ${name}`, run)

test.each(brokenStores)('$mistake: caught by "$caughtBy"', async ({ caughtBy, newMedium }) => {
  const contract = await tokenStoreContract(newMedium)
  const { skip, run } = contract.find(({ name }) => name === caughtBy)!
  expect(skip).toBeUndefined()
  await expect(run()).rejects.toMatchObject({ name: 'Error' })
})

test('the mistakes are distinct', () => {
  expect(new Set(brokenStores.map(({ mistake }) => mistake)).size).toBe(brokenStores.length)
})
