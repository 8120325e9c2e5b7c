import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, imgur, type TokenStore } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { createClient } from '@redis/client'
import { folderName } from '../../../packages/storage-fs/src/files/folder-name.ts'
import { decode, encode } from '../../../packages/storage-fs/src/files/generation.ts'
import { HOUR_MS } from '../contender.ts'
import { table, three } from '../markdown.ts'
import { type Ratios, ratiosOf } from '../ratios.ts'
import { startRedis } from '../redis-server.ts'
import type { Section } from '../section.ts'

const CLIENT_ID = 'id'
const FIRST = 'a0'

/** A store with accounts a0, a1, ... of one client, written without the client. */
interface Full {
  readonly store: TokenStore
  /** Adds the accounts `from` to `to`. */
  fill(from: number, to: number): Promise<void>
}

interface Grown {
  /** Speed by the number of accounts, relative to one account. */
  readonly ratios: Ratios
  /** Memory of the process in bytes, before it requests tokens and after each quarter of the accounts. */
  readonly memory: {
    readonly accounts: number
    readonly heap: readonly number[]
    readonly rss: readonly number[]
  }
}

const clientOf = (store: TokenStore): Client => new Client({ client_id: CLIENT_ID, store, provider: imgur() })

async function sowFirst(store: TokenStore): Promise<void> {
  const client = clientOf(store).account(FIRST)
  await client.import({
    access_token: 'a'.repeat(40),
    refresh_token: 'r'.repeat(40),
    expires_in: (24 * HOUR_MS) / 1000,
  })
}

async function fullRedis(cleanup: AsyncDisposableStack): Promise<Full> {
  const url = await startRedis(cleanup)
  const store = new RedisTokenStore({ url })
  cleanup.defer(() => store.close())
  await sowFirst(store)
  const raw = createClient({ url })
  await raw.connect()
  cleanup.defer(() => raw.close())
  const [key] = await raw.keys('*')
  const value = (await raw.get(key!))!
  return {
    store,
    async fill(from, to) {
      for (let at = from; at < to; at += 10_000) {
        const pairs = Array.from({ length: Math.min(10_000, to - at) }, (_, n): [string, string] => {
          const name = `a${at + n}`
          return [key!.replace(/a0$/, name), value.replaceAll(`"${FIRST}"`, `"${name}"`)]
        })
        await raw.mSet(pairs)
      }
    },
  }
}

async function fullFiles(cleanup: AsyncDisposableStack): Promise<Full> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  cleanup.defer(() => rm(directory, { recursive: true, force: true }))
  const store = new FileTokenStore({ directory })
  cleanup.defer(() => store.close())
  await sowFirst(store)
  const key = (name: string): string => `imgur/${CLIENT_ID}/${name}`
  const names = await readdir(directory, { recursive: true })
  const first = names.find(name => name.endsWith(folderName(key(FIRST))))!
  const accounts = join(directory, first, '..')
  const file = (await readdir(join(directory, first))).toSorted()[0]!
  const path = join(directory, first, file)
  const { digest: _, ...generation } = decode(await readFile(path, 'utf8'), path)!
  return {
    store,
    async fill(from, to) {
      const add = async (n: number): Promise<void> => {
        const name = `a${n}`
        const folder = join(accounts, folderName(key(name)))
        await mkdir(folder, { mode: 0o700 })
        const value = { ...(generation.value as object), account: name }
        const copy = join(folder, file)
        await writeFile(copy, encode({ ...generation, key: key(name), value }), { mode: 0o600 })
        await chmod(copy, 0o600)
      }
      for (let at = from; at < to; at += 500)
        await Promise.all(Array.from({ length: Math.min(500, to - at) }, (_, n) => add(at + n)))
    },
  }
}

async function grow(full: Full, counts: readonly number[], calls: number, rounds: number): Promise<Grown> {
  const { store, fill } = full
  const request = async (count: number): Promise<void> => {
    const account = clientOf(store).account(`a${Math.floor(Math.random() * count)}`)
    await account.accessToken()
  }
  const perCall = async (count: number): Promise<number> => {
    const begin = process.hrtime.bigint()
    for (let n = 0; n < calls; n++) await request(count)
    return Number(process.hrtime.bigint() - begin) / calls
  }
  const most = counts.at(-1)!
  // A single account is measured in turn with each count, because the machine may have become slower.
  const ratios: Record<string, Ratios[string]> = {}
  let there = 1
  for (const count of counts) {
    await fill(there, count)
    there = count
    await perCall(count)
    const { one: _, many } = await ratiosOf({ one: () => perCall(1), many: () => perCall(count) }, rounds)
    ratios[count] = many!
  }
  const memory = { accounts: Math.min(most, calls * 100), heap: [] as number[], rss: [] as number[] }
  const measureMemory = (): void => {
    globalThis.gc?.()
    const { heapUsed, rss } = process.memoryUsage()
    memory.heap.push(heapUsed)
    memory.rss.push(rss)
  }
  const client = clientOf(store)
  measureMemory()
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < memory.accounts / 4; n++)
      await client.account(`a${round * (memory.accounts / 4) + n}`).accessToken()
    await new Promise(resolve => setImmediate(resolve)) // lets released objects be collected
    measureMemory()
  }
  return { ratios, memory }
}

export const growth: Section<Readonly<Record<string, Grown>>> = {
  title: 'Growth',
  async measure({ quick }) {
    const [calls, rounds] = quick ? [100, 3] : [500, 9]
    const counts = [1, 100, 10_000, 1_000_000]
    await using redis = new AsyncDisposableStack()
    const inRedis = await grow(await fullRedis(redis), quick ? counts.slice(0, 3) : counts, calls, rounds)
    await redis.disposeAsync()
    await using files = new AsyncDisposableStack()
    const fileCounts = quick ? [1, 100, 1000] : [1, 100, 10_000, 100_000]
    const inFiles = await grow(await fullFiles(files), fileCounts, calls, rounds)
    return { Redis: inRedis, Files: inFiles }
  },
  render(grown) {
    const rows = Object.entries(grown).flatMap(([name, { ratios }]) =>
      Object.entries(ratios).map(([count, { median, min, max }], index) => [
        index === 0 ? name : '',
        Number(count).toLocaleString('en'),
        `${three(median)} (${three(min)} to ${three(max)})`,
      ]),
    )
    const megabytes = (bytes: readonly number[]): string => bytes.map(one => three(one / 1e6)).join(', ')
    const memory = Object.entries(grown).map(([name, { memory }]) => [
      name,
      memory.accounts.toLocaleString('en'),
      megabytes(memory.heap),
      megabytes(memory.rss),
    ])
    return `\`accessToken()\` of a random account whose tokens are in the store only, by the number of accounts in the store,
relative to a store with one account: 1 is as fast.

${table(['', 'accounts', 'speed'], rows)}

Memory of a process that requests the tokens of many accounts, one after another: before, and after each quarter of them.

${table(['', 'accounts requested', 'heap in use, MB', 'resident, MB'], memory)}`
  },
}
