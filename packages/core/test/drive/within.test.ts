import { expect, test } from '@jest/globals'
import { setImmediate } from 'node:timers/promises'
import { withTimeout } from '../../src/drive/store-call.ts'
import { LATE, within } from '../../src/util/within.ts'
import { systemClock } from '../../src/platform.ts'

/** A clock whose timers take longer than they were asked for. */
function lateClock(lateMs: readonly number[]) {
  let nowMs = 0
  const slept: number[] = []
  return {
    slept,
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    async sleep(ms: number) {
      nowMs += ms + (lateMs[slept.length] ?? 0)
      slept.push(ms)
      await setImmediate()
    },
  }
}

const never = new Promise<never>(() => {})

test('a pause of the process, however long, counts as a tenth of the time', async () => {
  const clock = lateClock([0, 3_600_000, 12_000])
  expect(await within(clock, 5_000, never)).toBe(LATE)
  expect(clock.slept).toEqual(Array(10).fill(500))
})

test('after a last timer that fires late, what has arrived is read first', async () => {
  const clock = lateClock([...Array(9).fill(0), 51])
  expect(await within(clock, 2_000, never)).toBe(LATE)
  expect(clock.slept).toEqual(Array(11).fill(200))
})

test('a response that lies in its socket when a blocked process goes on is read', async () => {
  const { MessageChannel } = await import('node:worker_threads')
  const { port1, port2 } = new MessageChannel()
  const response = new Promise(resolve => port2.once('message', resolve))
  const result = within(systemClock, 300, response)
  port1.postMessage('here')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600)
  expect(await result).toBe('here')
  port1.close()
})

test('a result that comes after the timeout is passed on, to be discarded', async () => {
  const discarded: string[] = []
  let finish!: (value: string) => void
  const work = new Promise<string>(resolve => (finish = resolve))
  await expect(withTimeout(lateClock([]), 5_000, work, late => discarded.push(late))).rejects.toThrow(
    'the token store did not respond within 5 s',
  )
  finish('lock')
  await setImmediate()
  expect(discarded).toEqual(['lock'])
})
