// lists DIRECTORY: counts the keys, and writes how many there are and by how much the heap grew at most.
import { FileTokenStore } from '../../src/index.ts'

const store = new FileTokenStore({ directory: process.argv[2]! })
const begin = performance.now()
const before = process.memoryUsage().heapUsed
let [keys, most] = [0, 0]
for await (const _ of store.keys())
  if (++keys % 1_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before)
const ms = Math.round(performance.now() - begin)
console.log(JSON.stringify({ keys, grownMiB: Math.round(most / 1024 / 1024), ms }))
