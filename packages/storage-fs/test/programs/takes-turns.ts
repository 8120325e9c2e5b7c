// takes-turns DIRECTORY LOG TIMES: as `contends`, but what is taken is a value: written where there is none, and
// removed again.
import { appendFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { FileTokenStore } from '../../src/index.ts'

const [directory, log, times] = process.argv.slice(2)
const store = new FileTokenStore({ directory: directory!, locks: false })
console.log('begins')
for (let n = 0; n < Number(times);) {
  const { swapped } = await store.compareAndSwap('key', undefined, { pid: process.pid, n })
  if (!swapped) continue
  appendFileSync(log!, `in ${process.pid}\n`)
  await setImmediate()
  appendFileSync(log!, `out ${process.pid}\n`)
  await store.remove('key')
  n += 1
}
console.log('done')
