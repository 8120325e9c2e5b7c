import type { TokenStore } from '@latchkey/core'
import type { Json, Stored, Version } from '@latchkey/core/ports'
import { assert, format } from '../assert.ts'
import { delay, platform, withTimeout } from '../platform.ts'
import type { Capability, Medium, Need } from './medium.ts'

/** A store with the capabilities `C`. */
export type StoreWith<C extends Capability> = TokenStore & Required<Pick<TokenStore, C>>

/** What a case works with: two instances over one empty medium, and a clock. */
export interface CaseContext<C extends Capability = never> {
  readonly store: StoreWith<C>
  readonly second: StoreWith<C>
  readonly medium: Medium
  /** Makes every later operation of the medium fail. */
  breakDown(): Promise<void>
  /** Returns the Unix time in ms of the store's clock. */
  nowMs(): number
  /** Advances the store's clock, or waits in real time if it accepts none. */
  advance(ms: number): Promise<void>
  /** Resolves when `condition` holds. Otherwise the case times out with a message that names `what`. */
  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void>
  /** Swaps and returns the new version. Throws if the swap fails. */
  write(key: string, expected: Version | undefined, value: Json, store?: TokenStore): Promise<Version>
  /** Returns what is stored. Throws if nothing is. */
  load(key: string, store?: TokenStore): Promise<Stored>
}

/** A contract case before it has a subject. */
export interface StoreCase<C extends Capability = never> {
  readonly name: string
  readonly needs?: readonly Need[]
  run(context: CaseContext<C>): Promise<void>
}

/** Opens two instances over `medium`, runs `body` with them, and closes everything in any case. */
export async function runStoreCase<C extends Capability>(
  medium: Medium,
  body: (context: CaseContext<C>) => Promise<void>,
): Promise<void> {
  const { timeoutMs = 10_000, clock } = medium
  let isOver = false
  let broken = false
  let waitingFor = 'a call of the store'
  const opened: TokenStore[] = []
  const open = async (): Promise<StoreWith<C>> => {
    const store = (await medium.open()) as StoreWith<C>
    opened.push(store)
    return store
  }
  const runBody = async (): Promise<void> => {
    const store = await open()
    const second = await open()
    await body({
      store,
      second,
      medium,
      async breakDown() {
        broken = true
        await medium.breakDown?.()
      },
      nowMs: clock ? () => clock.nowMs() : Date.now,
      advance: async ms => (clock ? clock.advance(ms) : delay(ms)),
      async until(condition, what) {
        waitingFor = what
        while (!(await condition())) {
          assert(!isOver, `waited too long for ${what}`)
          await clock?.advance(10)
          await delay(2)
        }
      },
      async write(key, expected, value, by = store) {
        const result = await by.compareAndSwap(key, expected, value)
        assert(
          result.swapped,
          `a swap of ${format(key)} failed although nothing else wrote: ${format(result)}`,
        )
        return result.version
      },
      async load(key, by = store) {
        const found = await by.read(key)
        assert(found, `nothing is stored under ${format(key)}`)
        return found
      },
    })
  }

  /** Returns the error that `work` rejects with, or a timeout error. */
  const errorOf = (work: Promise<unknown>): Promise<unknown> =>
    withTimeout(timeoutMs, work, () => `timed out after ${timeoutMs} ms, waiting for ${waitingFor}`).then(
      () => undefined,
      (error: unknown) => error,
    )
  const caseError = await errorOf(runBody())
  isOver = true
  waitingFor = 'close'
  const closeError = await errorOf(Promise.all(opened.map(store => store.close?.())))
  await medium.dispose?.()
  const error = caseError ?? (broken ? undefined : closeError)
  if (error) throw error
}

/** Returns a function that returns the ms elapsed since this call, by the store's clock if it accepts one. */
export function stopwatch({ medium: { clock } }: Pick<CaseContext, 'medium'>): () => number {
  const now = clock ? () => clock.nowMs() : () => platform.performance.now()
  const start = now()
  return () => now() - start
}
