import { expect, test } from '@jest/globals'
import { fakeClock } from '../src/index.ts'

test('both clocks stand still until advance is called', async () => {
  const clock = fakeClock({ nowMs: 1_000 })
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_000, 0])
  await clock.advance(250)
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_250, 250])
})

test('sleepers wake in the order of their instants, then of their calls, each at its own instant', async () => {
  const clock = fakeClock({ nowMs: 0 })
  const woken: string[] = []
  for (const [name, ms] of [
    ['c', 30],
    ['a', 10],
    ['d', 30],
    ['b', 20],
    ['late', 101],
  ] as const)
    void clock.sleep(ms).then(() => woken.push(`${name} at ${clock.nowMs()}`))
  await clock.advance(100)
  expect(woken).toEqual(['a at 10', 'b at 20', 'c at 30', 'd at 30'])
  expect(clock.sleeping()).toEqual([1])
})

test('a sleeper that sleeps again within the advanced time wakes again', async () => {
  const clock = fakeClock()
  let rounds = 0
  const work = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(10)
      rounds += 1
    }
  }
  void work()
  await clock.advance(1_000)
  expect(rounds).toBe(100)
})

test('a sleep of 0 ms ends immediately, and so does one whose signal aborts', async () => {
  const clock = fakeClock()
  await clock.sleep(0)
  await clock.sleep(-1)
  await clock.sleep(1_000, { signal: AbortSignal.abort() })
  const controller = new AbortController()
  const sleep = clock.sleep(1_000, { signal: controller.signal })
  expect(clock.sleeping()).toEqual([1_000])
  controller.abort()
  await sleep
  expect(clock.sleeping()).toEqual([])
})

test('advanceToNext advances to the next sleeper, and returns whether there was one', async () => {
  const clock = fakeClock()
  const slept = clock.sleep(86_400_000)
  expect(await clock.advanceToNext()).toBe(true)
  await slept
  expect(clock.monotonicMs()).toBe(86_400_000)
  expect(await clock.advanceToNext()).toBe(false)
})

test('jump changes the wall clock only, in either direction, and wakes no sleeper', async () => {
  const clock = fakeClock({ nowMs: 1_000 })
  void clock.sleep(10)
  clock.jump(3_600_000)
  expect([clock.nowMs(), clock.monotonicMs(), clock.sleeping()]).toEqual([3_601_000, 0, [10]])
  clock.jump(-7_200_000)
  expect(clock.nowMs()).toBe(1_000 - 3_600_000)
})

test.each([-1, NaN])('advance(%p) is a TypeError', async ms => {
  await expect(fakeClock().advance(ms)).rejects.toThrow(new TypeError('ms must be a number, at least 0'))
})
