import { Silence } from './faults.ts'

/** The outcome of `work`, or a `Silence` after `ms`; the signal tells `work` that nobody waits for it any more. */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let check: NodeJS.Immediate | undefined
  const late = new Promise<never>((_, reject) => {
    const end = (): void => {
      const silence = new Silence(`nothing within ${ms} ms`)
      controller.abort(silence)
      reject(silence)
    }
    // It holds the process, as it should: somebody is waiting. A process that was held up itself reads first what
    // has arrived meanwhile.
    timer = setTimeout(() => (check = setImmediate(end)), ms)
  })
  try {
    return await Promise.race([work(controller.signal), late])
  } finally {
    clearTimeout(timer)
    clearImmediate(check)
  }
}
