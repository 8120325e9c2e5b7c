import { ReceiverError } from '../errors.ts'
import { checkWaitOptions, DEFAULT_TIMEOUT_MS, describeStray, type WaitOptions } from '../sign-in.ts'

/** Handles a redirect. Never rejects: a failure is in `error`. The caller calls `onShown` after showing the page. */
export type RedirectHandler = (redirect: string) => Promise<{ readonly error?: unknown; onShown(): void }>

/** The sign-ins that wait for a redirect, by state. */
export class PendingRedirects {
  /** What the last error without a state said. */
  strayError: string | undefined
  readonly #pending = new Map<string, { readonly handler: RedirectHandler; fail(reason: unknown): void }>()

  /** Waits for the redirect with `state`. Resolves to the result of `handle` after the browser has received the page. */
  wait<Result>(
    state: string,
    handle: (redirect: string) => Result | Promise<Result>,
    options: WaitOptions,
  ): Promise<Result> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options
    return new Promise<Result>((resolve, reject) => {
      checkWaitOptions('receive()', options)
      if (this.#pending.has(state)) throw new TypeError('receive() is already waiting for this sign-in')
      const remove = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#pending.delete(state)
      }
      const fail = (reason: unknown): void => {
        remove()
        reject(reason)
      }
      const onAbort = (): void => fail(signal!.reason)
      const handler: RedirectHandler = async redirect => {
        remove()
        try {
          const result = await handle(redirect)
          return { onShown: () => resolve(result) }
        } catch (error) {
          return { error, onShown: () => reject(error) }
        }
      }
      const timer = setTimeout(() => {
        const stray = this.strayError ? `; ${describeStray(this.strayError)}` : ''
        fail(
          new ReceiverError('timed_out', `no redirect within ${timeoutMs / 1000} s${stray}; sign in again`),
        )
      }, timeoutMs)
      signal?.addEventListener('abort', onAbort)
      this.#pending.set(state, { handler, fail })
    })
  }

  /** Returns the handler that waits for this state, if any. */
  handlerOf(state: string | undefined): RedirectHandler | undefined {
    return state === undefined ? undefined : this.#pending.get(state)?.handler
  }

  /** Rejects every wait with `reason`. */
  rejectAll(reason: unknown): void {
    for (const { fail } of this.#pending.values()) fail(reason)
  }
}
