import type { AbortSignalLike } from '@latchkey/core/ports'

/** An end that we decided on ourselves: unlike the words of fetch, its message can hold no secret. */
export class Ended extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

/** What ends a request early: the time that is up, or the caller, whichever comes first. */
export interface Deadline {
  /** Aborted, with an `Ended` as its reason, at that moment. */
  readonly signal: AbortSignal
  /** The outcome of `work`, or a rejection at that moment, even if `work` pays no attention to the signal. */
  race<T>(work: Promise<T>): Promise<T>
  /** Lets go of the timer and of the caller's signal, which may outlive many requests. */
  release(): void
}

/** Starts the clock of one request. */
export function startDeadline(timeoutMs: number, caller: AbortSignalLike | undefined): Deadline {
  const controller = new AbortController()
  const { signal } = controller
  const end = (name: string, message: string) => controller.abort(new Ended(name, message))
  const onTimeout = () => end('TimeoutError', `no complete answer within ${timeoutMs} ms`)
  const onAbort = () => end('AbortError', 'aborted by the caller')

  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  ended.catch(() => {}) // it may come when nobody is racing

  const timer = setTimeout(onTimeout, timeoutMs)
  caller?.addEventListener('abort', onAbort, { once: true })
  if (caller?.aborted) onAbort()

  return {
    signal,
    race: work => Promise.race([work, ended]),
    release() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', onAbort)
    },
  }
}
