import { expect, test } from '@jest/globals'
import { Queue } from '../../src/drive/queue.ts'

/** Enters for each rank, and returns the order in which they were admitted. */
async function admitted(queue: Queue, ranks: readonly (0 | 1 | 2)[]): Promise<number[]> {
  const order: number[] = []
  const turns = ranks.map(async (rank, index) => {
    await queue.enter(rank)
    order.push(index)
    queue.leave()
  })
  queue.leave()
  await Promise.all(turns)
  return order
}

test('as many tasks as the limit allows enter at once; the others wait', () => {
  const queue = new Queue(() => 2)
  expect(queue.enter(1)).toBe(undefined)
  expect(queue.enter(1)).toBe(undefined)
  expect(queue.enter(1)).toBeInstanceOf(Promise)
  expect(queue.running).toBe(2)
})

test('the lowest rank goes first; equals go in order', async () => {
  const queue = new Queue(() => 1)
  void queue.enter(0)
  expect(await admitted(queue, [2, 1, 2, 0, 1, 0])).toEqual([3, 5, 1, 4, 0, 2])
})

test('a limit that grew admits more; one that shrank admits nobody until enough have left', async () => {
  let limit = 1
  const queue = new Queue(() => limit)
  void queue.enter(0)
  const turns = [queue.enter(1), queue.enter(1)]
  limit = 2
  queue.leave()
  await Promise.all(turns)
  expect(queue.running).toBe(2)
  limit = 1
  const waiting = queue.enter(1)
  let isAdmitted = false
  void waiting?.then(() => (isAdmitted = true))
  queue.leave()
  await Promise.resolve()
  expect(isAdmitted).toBe(false)
  queue.leave()
  await waiting
  expect(queue.running).toBe(1)
})

test('those who wait can be rejected; those who have entered stay', async () => {
  const queue = new Queue(() => 1)
  void queue.enter(1)
  const waiting = queue.enter(1)
  queue.rejectWaiting(new Error('closed'))
  await expect(waiting).rejects.toThrow('closed')
  expect(queue.running).toBe(1)
})
