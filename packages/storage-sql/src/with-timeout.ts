import { NoResponseError } from './faults.ts'
import { startRunTimer } from '@latchkey/core/ports'

/** Settles like `work`, or rejects with `NoResponseError` after `ms`, which also aborts the signal. */
export async function withTimeout<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let cancelTimer = (): void => {}
  const timeout = new Promise<never>((_, reject) => {
    // Keeps the process alive, because a caller waits.
    cancelTimer = startRunTimer(ms, () => {
      const error = new NoResponseError(`no response within ${ms} ms`)
      controller.abort(error)
      reject(error)
    })
  })
  try {
    return await Promise.race([work(controller.signal), timeout])
  } finally {
    cancelTimer()
  }
}
