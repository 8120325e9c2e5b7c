// holds DIRECTORY KEY: waits for the lock, prints `held`, and releases it at the next line of input.
import { createInterface } from 'node:readline'
import { FileTokenStore } from '../../src/index.ts'

const [directory, key] = process.argv.slice(2)
const store = new FileTokenStore({ directory: directory! })
const hold = await store.locks!.acquire(key!, { waitMs: 600_000 })
console.log(hold ? 'held' : 'not held')
const lines = createInterface(process.stdin)
lines.once('line', async () => {
  await hold?.release()
  console.log('released')
  lines.close()
  process.stdin.destroy()
})
