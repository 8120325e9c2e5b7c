import { expect, test } from '@jest/globals'
import { mediumWith } from '../src/broken-stores/broken-store.ts'
import { brokenStores, type Medium, tokenStoreContract } from '../src/index.ts'

const sound = (): Medium => mediumWith(() => () => ({}))

for (const { name, skip, run } of await tokenStoreContract(sound))
  if (skip) test.skip(`the sound store that they are made of: ${name} (skipped: ${skip})`, run)
  else test(`the sound store that they are made of: ${name}`, run)

test.each(brokenStores)('$mistake: caught by "$caughtBy"', async ({ caughtBy, newMedium }) => {
  const contract = await tokenStoreContract(newMedium)
  const { skip, run } = contract.find(({ name }) => name === caughtBy)!
  expect(skip).toBeUndefined()
  await expect(run()).rejects.toMatchObject({ name: 'Error' })
})

test('each mistake is another one', () => {
  expect(new Set(brokenStores.map(({ mistake }) => mistake)).size).toBe(brokenStores.length)
})
