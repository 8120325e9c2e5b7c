// writes DIRECTORY UMASK: stores a value and takes a lock under that umask (octal), and waits to be killed.
import { FileTokenStore } from '../../src/index.ts'

const [directory, umask] = process.argv.slice(2)
process.umask(parseInt(umask!, 8))
const store = new FileTokenStore({ directory: directory! })
for (let n = 0; n < 4; n++) await store.compareAndSwap('key', (await store.read('key'))?.version, { n })
await store.locks!.acquire('key', { waitMs: 0 })
console.log('written')
setInterval(() => undefined, 1_000)
