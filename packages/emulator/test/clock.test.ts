import { afterEach, expect, jest, test } from '@jest/globals'
import { createClock } from '../src/clock.ts'

afterEach(() => {
  jest.useRealTimers()
})

test('a sleep ends when its time has passed', async () => {
  jest.useFakeTimers({ now: 0 })
  const clock = createClock()
  const sleep = clock.sleep(5000)
  jest.advanceTimersByTime(4999)
  expect(jest.getTimerCount()).toBe(1)
  jest.advanceTimersByTime(1)
  await sleep
  expect(jest.getTimerCount()).toBe(0)
})

test('a sleep beyond the limit of timers does not end immediately', async () => {
  jest.useFakeTimers({ now: 0 })
  const clock = createClock()
  const sleep = clock.sleep(2 ** 31 + 1000)
  jest.advanceTimersByTime(2 ** 31)
  expect(jest.getTimerCount()).toBe(1)
  jest.advanceTimersByTime(1000)
  await sleep
})

test('moving the clock ends the sleeps that are due, and only those', async () => {
  const clock = createClock(() => 0)
  const ended: string[] = []
  const short = clock.sleep(10).then(() => ended.push('short'))
  const long = clock.sleep(20).then(() => ended.push('long'))
  await clock.sleeping(2)
  clock.advance(10)
  await short
  expect(ended).toEqual(['short'])
  clock.set(20)
  await long
  expect(ended).toEqual(['short', 'long'])
})

test('sleeping waits for this number of sleeps', async () => {
  const clock = createClock(() => 0)
  const ended: string[] = []
  const two = clock.sleeping(2).then(() => ended.push('two'))
  void clock.sleep(1)
  await clock.sleeping()
  expect(ended).toEqual([])
  void clock.sleep(1)
  await two
  clock.stop()
})

test('a stopped clock holds no timers', () => {
  jest.useFakeTimers({ now: 0 })
  const clock = createClock()
  void clock.sleep(5000)
  clock.stop()
  expect(jest.getTimerCount()).toBe(0)
})
