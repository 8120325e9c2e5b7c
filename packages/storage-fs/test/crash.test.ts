// A process that dies during an operation loses no acknowledged write and leaves no damaged one. In test/system, processes
// are also killed before each call to the disk.
import { expect, test } from '@jest/globals'
import { diesAnytime, stopsAnywhere } from './process-deaths.ts'
import { SCENES } from './scenarios.ts'

test.each(Object.entries(SCENES))('%s: stopped for good before any call to the disk', async (_, scene) => {
  await stopsAnywhere(scene)
})

const seed = Date.now() % 1_000_000

test(`50 writers killed with -9 at random lose no addition (seed ${seed})`, async () => {
  expect(await diesAnytime(50, seed)).toBeGreaterThan(50)
})
