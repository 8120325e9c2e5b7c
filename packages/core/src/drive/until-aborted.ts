import type { AbortSignalLike } from '../ports/transport.ts'

/** Settles as `work` does, or rejects with the signal's reason once it aborts. */
export function untilAborted<T>(signal: AbortSignalLike, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      reject(signal.reason ?? Object.assign(new Error('the wait was aborted'), { name: 'AbortError' }))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
