import { ReceiverError } from '../errors.ts'
import { checkWait, PATIENCE_MS, type WaitOptions } from '../sign-in.ts'

/** Takes a redirect; resolves, never rejects, to what became of it, and is done with `shown` once the page says so. */
export type Take = (redirect: string) => Promise<{ readonly error?: unknown; shown(): void }>

/** Who waits for a redirect, each by the state of their sign-in. */
export class Waiting {
  readonly #takers = new Map<string, { readonly take: Take; end(reason: unknown): void }>()

  /** Waits for the redirect that carries `state`; resolves to what `handle` makes of it, once the browser was told. */
  for<Result>(
    state: string,
    handle: (redirect: string) => Result | Promise<Result>,
    { signal, timeoutMs = PATIENCE_MS }: WaitOptions,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      checkWait({ signal, timeoutMs })
      if (this.#takers.has(state)) throw new TypeError('this sign-in is being waited for already')
      const leave = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', aborted)
        this.#takers.delete(state)
      }
      const end = (reason: unknown): void => {
        leave()
        reject(reason)
      }
      const aborted = (): void => end(signal!.reason)
      const take: Take = async redirect => {
        leave()
        try {
          const result = await handle(redirect)
          return { shown: () => resolve(result) }
        } catch (error) {
          return { error, shown: () => reject(error) }
        }
      }
      const timer = setTimeout(
        () => end(new ReceiverError('timed_out', `nobody came back within ${timeoutMs / 1000} s`)),
        timeoutMs,
      )
      signal?.addEventListener('abort', aborted)
      this.#takers.set(state, { take, end })
    })
  }

  /** Who waits for this state, if anybody. */
  taker(state: string | undefined): Take | undefined {
    return state === undefined ? undefined : this.#takers.get(state)?.take
  }

  /** Ends every wait. */
  endAll(reason: unknown): void {
    for (const { end } of this.#takers.values()) end(reason)
  }
}
