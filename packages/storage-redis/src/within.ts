import { Silence } from './faults.ts'

/** The outcome of `work`, or a `Silence` after `ms`; the signal tells `work` that nobody waits for it any more. */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    // It holds the process, as it should: somebody is waiting.
    timer = setTimeout(() => {
      const silence = new Silence(`nothing within ${ms} ms`)
      controller.abort(silence)
      reject(silence)
    }, ms)
  })
  try {
    return await Promise.race([work(controller.signal), late])
  } finally {
    clearTimeout(timer)
  }
}
