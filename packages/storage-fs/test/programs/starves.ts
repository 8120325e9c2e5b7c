// starves DIRECTORY: takes every free file descriptor after it has acquired a lock, writes a lease and a commit, and
// then tries to acquire another lock. Prints the stored value and the error.
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import { FileTokenStore } from '../../src/index.ts'

const store = new FileTokenStore({ directory: process.argv[2]! })
const first = await store.compareAndSwap('key', undefined, 'signed in')
if (!first.swapped) throw new Error('the first value was not stored')
const hold = (await store.locks!.acquire('key', { waitMs: 0 }))!

const taken: number[] = []
function takeAll(): void {
  try {
    for (;;) taken.push(openSync(devNull, 'r'))
  } catch {
    // There is none left.
  }
}

takeAll()
const leased = await store.compareAndSwap('key', first.version, 'leased')
if (!leased.swapped) throw new Error('the lease was not stored')
await store.compareAndSwap('key', leased.version, 'committed')
const { value } = (await store.read('key'))!
await hold.release()
takeAll() // what the lock has given back
const error = await store.locks!.acquire('other', { waitMs: 0 }).catch(String)
for (const descriptor of taken) closeSync(descriptor)
const again = await store.locks!.acquire('other', { waitMs: 0 })
console.log(JSON.stringify({ value, error, recovered: again !== undefined }))
await again?.release()
