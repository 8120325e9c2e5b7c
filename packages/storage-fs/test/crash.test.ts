// A process that dies during an operation loses no acknowledged write and leaves no damaged one.
import { expect, test } from '@jest/globals'
import { diesAnytime, diesAnywhere, stopsAnywhere } from './process-deaths.ts'
import { SCENES } from './scenarios.ts'

test.each(Object.entries(SCENES))('%s: stopped for good before any call to the disk', async (_, scene) => {
  await stopsAnywhere(scene)
})

test('a later write: killed with -9 before any call to the disk, and in the middle of any write', async () => {
  await diesAnywhere('a later write')
})

const seed = Date.now() % 1_000_000

test(`50 writers killed with -9 at random lose no addition (seed ${seed})`, async () => {
  expect(await diesAnytime(50, seed)).toBeGreaterThan(50)
})
