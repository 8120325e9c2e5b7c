import { expect, test } from '@jest/globals'
import { diesAnytime, diesAnywhere } from '../process-deaths.ts'
import { SCENES } from '../scenarios.ts'
import { soaked } from '../../../../tools/soak/shard.ts'

const KILLS = soaked(10_000, 500)

test.each(Object.keys(SCENES))('%s: killed with -9 before any call to the disk, in any write', async name => {
  await diesAnywhere(name)
})

const seed = Date.now() % 1_000_000

test(`${KILLS} writers killed with -9 at random lose no addition (seed ${seed})`, async () => {
  const acknowledged = await diesAnytime(KILLS, seed)
  process.stdout.write(`${KILLS} kills, ${acknowledged} additions acknowledged: 0 lost, 0 twice, 0 torn\n`)
  expect(acknowledged).toBeGreaterThan(KILLS)
})
