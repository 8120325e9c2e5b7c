// refreshes DIRECTORY ACCOUNTS CONCURRENCY [MAX]: locks each account, writes a lease and a commit, and unlocks it. With
// MAX, the store's limit, prints by how many the open file descriptors have increased at most (on Linux).
import { readdirSync } from 'node:fs'
import { FileTokenStore } from '../../src/index.ts'

const [directory, accounts, concurrency, max] = process.argv.slice(2)
const store = new FileTokenStore({ directory: directory!, ...(max && { maxOpenFiles: Number(max) }) })
const openFiles = (): number => (max ? readdirSync('/proc/self/fd').length : 0)
let left = Number(accounts)

async function refresh(key: string): Promise<void> {
  const hold = await store.locks!.acquire(key, { waitMs: 60_000 })
  if (!hold) throw new Error(`the lock of ${key} was not acquired`)
  const stored = await store.read(key)
  const { n } = (stored?.value ?? { n: 0 }) as { n: number }
  const leased = await store.compareAndSwap(key, stored?.version, { n, lease: process.pid })
  if (!leased.swapped) throw new Error(`the lease of ${key} was not stored`)
  const committed = await store.compareAndSwap(key, leased.version, { n: n + 1 })
  if (!committed.swapped) throw new Error(`the commit of ${key} was not stored`)
  await hold.release()
}

async function work(): Promise<void> {
  while (left > 0) await refresh(`account ${left--}`)
}

await store.read('account 1') // starts what the process needs for files
const before = openFiles()
let most = before
const count = setInterval(() => (most = Math.max(most, openFiles())), 1)
await Promise.all(Array.from({ length: Number(concurrency) }, work))
clearInterval(count)
console.log(most - before)
