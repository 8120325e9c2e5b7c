// A process that pauses at any file system call while it takes or releases a lock affects no later holder.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { LockHold } from '@latchkey/core/ports'
import { FileTokenStore } from '../src/index.ts'
import { interceptFiles } from './intercepted-files.ts'
import { temporaryFolder } from './support.ts'

const take = ({ locks }: FileTokenStore): Promise<LockHold | undefined> =>
  locks!.acquire('key', { waitMs: 0 })

/** A lock that is free, and one whose holder is dead. */
const STATES: Record<string, (circle: string) => void> = {
  'a free lock': () => undefined,
  "a dead holder's lock": circle => {
    mkdirSync(join(circle, 'key'))
    writeFileSync(join(circle, 'key', '0000000000000001'), '')
  },
}

async function scene(prepare: (circle: string) => void) {
  const directory = temporaryFolder({ inMemory: true })
  const other = new FileTokenStore({ directory })
  await (await other.locks!.acquire('another key', { waitMs: 0 }))!.release()
  const circle = join(
    directory,
    'locks',
    readdirSync(join(directory, 'locks')).find(name => name !== 'next')!,
  )
  prepare(circle)
  let count = -1
  let sleepAt = 0
  let wake = (): void => undefined
  let sleeps = (): void => undefined
  const asleep = new Promise<'asleep'>(resolve => (sleeps = () => resolve('asleep')))
  const morning = new Promise<void>(resolve => (wake = resolve))
  const fs = interceptFiles(() => {
    if (count < 0 || count++ !== sleepAt) return
    sleeps()
    return morning
  })
  const sleeper = new FileTokenStore({ directory, fs })
  await sleeper.read('x') // opens the directory
  return {
    other,
    sleeper,
    circle,
    /** Runs `work` of the sleeper until it pauses before its `n`th call; `result` follows after `wake`. */
    async until<T>(n: number, work: () => Promise<T>) {
      ;[sleepAt, count] = [n, 0]
      const result = work()
      const slept = (await Promise.race([asleep, result.then(() => 'done')])) === 'asleep'
      count = -1
      return { slept, result }
    },
    wake: () => wake(),
  }
}

test.each(Object.entries(STATES))('taking %s', async (_, prepare) => {
  let n = 0
  for (; ; n++) {
    const { other, sleeper, until, wake } = await scene(prepare)
    const { slept, result } = await until(n, () => take(sleeper))
    if (!slept) {
      await (await result)?.release()
      break
    }
    // Others take it and let go, and take it again, while one sleeps; unless that one has it already.
    const first = await take(other)
    await first?.release()
    const second = await take(other)
    expect([n, second === undefined]).toEqual([n, first === undefined])
    wake()
    const late = await result
    expect([n, [late, second].filter(hold => hold !== undefined).length]).toEqual([n, 1])
    expect(await take(other)).toBeUndefined()
    expect(await take(sleeper)).toBeUndefined()
    await second?.release()
    await late?.release()
    const last = await take(other)
    expect([n, last !== undefined]).toEqual([n, true])
    await last!.release()
  }
  expect(n).toBeGreaterThan(3)
})

test('releasing it', async () => {
  let n = 0
  for (; ; n++) {
    const { other, sleeper, circle, until, wake } = await scene(() => undefined)
    const hold = (await take(sleeper))!
    const { slept, result } = await until(n, () => hold.release())
    if (!slept) break
    const next = await take(other) // free once it was taken away, and not before
    wake()
    await result
    if (next) expect(await take(sleeper)).toBeUndefined()
    await next?.release()
    const last = await take(other)
    expect([n, last !== undefined]).toEqual([n, true])
    await last!.release()
    expect(readdirSync(circle).filter(name => !name.endsWith('.spare'))).toEqual([])
  }
  expect(n).toBeGreaterThan(2)
})
