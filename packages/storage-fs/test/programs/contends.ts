// contends DIRECTORY LOG TIMES: takes a lock TIMES times, and writes to LOG after taking and before releasing it.
// Prints a line at the start and before each release.
import { appendFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { FileTokenStore } from '../../src/index.ts'

const [directory, log, times] = process.argv.slice(2)
const store = new FileTokenStore({ directory: directory! })
console.log('begins')
for (let n = 0; n < Number(times); n++) {
  const hold = await store.locks!.acquire('key', { waitMs: 600_000 })
  if (!hold) throw new Error('the lock was not acquired')
  appendFileSync(log!, `in ${process.pid}\n`)
  for (let turns = 0; turns < 20; turns++) await setImmediate()
  appendFileSync(log!, `out ${process.pid}\n`)
  console.log('out')
  await hold.release()
}
