/** For each object that is shared, the last one in the queue of each key. */
const queues = new WeakMap<object, Map<string, Promise<unknown>>>()

/** Runs `work` when everything that was given before it for the same `key` of the same `shared` object is over. */
export async function inTurn<T>(shared: object, key: string, work: () => Promise<T>): Promise<T> {
  const queue = queues.get(shared) ?? new Map<string, Promise<unknown>>()
  queues.set(shared, queue)
  const turn = (queue.get(key) ?? Promise.resolve()).then(work)
  const forget = (): unknown => queue.get(key) === last && queue.delete(key)
  const last: Promise<unknown> = turn.then(forget, forget)
  queue.set(key, last)
  return turn
}
