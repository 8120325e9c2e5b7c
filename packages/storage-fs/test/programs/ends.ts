// ends DIRECTORY: takes a lock, watches and reads, and has nothing else to do.
import { FileTokenStore } from '../../src/index.ts'

const store = new FileTokenStore({ directory: process.argv[2]! })
store.watch('key', () => undefined)
await store.compareAndSwap('key', undefined, 1)
await store.read('key')
console.log((await store.locks!.acquire('key', { waitMs: 0 })) ? 'held' : 'not held')
