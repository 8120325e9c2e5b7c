import { NoResponseError } from './faults.ts'

/** Settles like `work`, or rejects with `NoResponseError` after `ms`, which also aborts the signal. */
export async function withTimeout<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let check: NodeJS.Immediate | undefined
  const timeout = new Promise<never>((_, reject) => {
    const expire = (): void => {
      const error = new NoResponseError(`no response within ${ms} ms`)
      controller.abort(error)
      reject(error)
    }
    // Keeps the process alive, because a caller waits. After a pause of this process, data that has arrived is read
    // first.
    timer = setTimeout(() => (check = setImmediate(expire)), ms)
  })
  try {
    return await Promise.race([work(controller.signal), timeout])
  } finally {
    clearTimeout(timer)
    clearImmediate(check)
  }
}
