// Clients and servers that are killed with -9 while clients add to a number.
import { expect } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { increment } from '@latchkey/test-kit'
import { bundled } from '../../../tools/bundled.ts'
import { mulberry32 } from '../../storage-fs/test/process-deaths.ts'
import { openSql, type SqlSpec } from './open-sql.ts'
import type { Server } from './servers.ts'

const PROGRAM = bundled(new URL('counts.ts', import.meta.url))

async function withTable(spec: SqlSpec, table: string) {
  const all = { ...spec, options: { ...spec.options, timeoutMs: 60_000, table } }
  const opened = await openSql(all)
  await opened.store.migrate()
  return { ...opened, spec: all }
}

/** Kills `kills` clients at random moments, three at a time. Returns the number of acknowledged additions. */
export async function killClients(database: SqlSpec, kills: number, seed: number): Promise<number> {
  const { store, end, spec } = await withTable(database, 'killed clients')
  const random = mulberry32(seed)
  const acknowledged = new Set<number>()
  let left = kills
  let seen = 0
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', PROGRAM, JSON.stringify(spec)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      let life = 1 + Math.floor(random() * 10)
      const exited = once(child, 'exit')
      for await (const line of createInterface(child.stdout)) {
        const n = Number(line)
        expect({ n, twice: acknowledged.has(n) }).toEqual({ n, twice: false }) // no addition was lost
        acknowledged.add(n)
        life -= 1
        if (life === 0) setTimeout(() => child.kill('SIGKILL'), random() * 8)
      }
      expect((await exited)[1]).toBe('SIGKILL')
      const before = seen // what was read before this read began
      const { n, filler } = (await store.read('key'))!.value as { n: number; filler: string }
      expect(filler).toBe(String(n).repeat(1_000)) // not torn
      expect(n).toBeGreaterThanOrEqual(before) // never back in time
      seen = Math.max(seen, n)
    }
  }
  await Promise.all([client(), client(), client()])
  const { n } = (await store.read('key'))!.value as { n: number }
  expect(n).toBeGreaterThanOrEqual(Math.max(...acknowledged))
  // What was not acknowledged was cut off: one addition for each that died, at most.
  expect(n - acknowledged.size).toBeLessThanOrEqual(kills)
  await store.close()
  await end()
  return acknowledged.size
}

/**
 * Kills the server `kills` times while three stores add to numbers, and starts it again. No call fails. A number that one
 * store adds to is the count of its acknowledged additions: none was lost, and none was carried out twice. If another store
 * has swapped after a lost response, the first one reports a conflict, so their common number may be higher. Returns the
 * number of additions.
 */
export async function killServer(server: Server, kills: number, seed: number): Promise<number> {
  const random = mulberry32(seed)
  const opened = await Promise.all([0, 1, 2].map(() => withTable(server.spec, 'killed server')))
  let adding = true
  const add = async ({ store }: (typeof opened)[number], key: string): Promise<number> => {
    for (let added = 0; ; added += 1) {
      if (!adding) return added
      await increment(store, key, 1)
    }
  }
  const own = Promise.all(opened.map((one, index) => add(one, `own ${index}`)))
  const common = Promise.all(opened.map(one => add(one, 'common')))
  for (let n = 0; n < kills; n += 1) {
    await sleep(50 + random() * 200)
    await server.kill()
    await server.restart()
  }
  adding = false
  const { store } = opened[0]!
  const numbers = await own
  for (const [index, added] of numbers.entries())
    expect((await store.read(`own ${index}`))!.value).toBe(added)
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
  const shared = sum(await common)
  const { value } = (await store.read('common'))!
  expect(value).toBeGreaterThanOrEqual(shared)
  expect(value).toBeLessThanOrEqual(shared + opened.length * kills)
  for (const one of opened) {
    await one.store.close()
    await one.end()
  }
  return sum(numbers) + shared
}
