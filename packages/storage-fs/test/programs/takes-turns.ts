// takes-turns DIRECTORY LOG TIMES: like `contends`, but instead of a lock it creates a value and removes it again.
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
