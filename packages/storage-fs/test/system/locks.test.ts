import { expect, test } from '@jest/globals'
import { killsContenders } from '../process-deaths.ts'

const KILLS = process.env['LATCHKEY_SOAK'] ? 3_000 : 300
const seed = Date.now() % 1_000_000

test(`of ${KILLS} processes killed with -9 around a lock no two are inside at once (seed ${seed})`, async () => {
  const { ins, deaths } = await killsContenders(KILLS, seed)
  process.stdout.write(`${KILLS} kills, ${deaths} of them inside; ${ins} entries, no two at once\n`)
  expect(deaths).toBeGreaterThan(0)
})
