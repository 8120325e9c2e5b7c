import type { TokenStore } from '@latchkey/core'
import type { Json, Stored, Version } from '@latchkey/core/ports'
import { ensure, show } from '../assert.ts'
import { pause, platform, within } from '../platform.ts'
import type { Capability, Medium, Need } from './medium.ts'

/** A store that has the capabilities `C`. */
export type Having<C extends Capability> = TokenStore & Required<Pick<TokenStore, C>>

/** What a case plays with: two instances over one empty medium, and time. */
export interface Scene<C extends Capability = never> {
  readonly store: Having<C>
  readonly second: Having<C>
  readonly medium: Medium
  /** Breaks the medium down for good. */
  breakDown(): Promise<void>
  /** Unix time in ms by the clock of the store. */
  nowMs(): number
  /** Lets time pass for the store, in reality where it takes no clock. */
  pass(ms: number): Promise<void>
  /** Returns as soon as `condition` holds; the case fails when it never does, saying `what` it waited for. */
  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void>
  /** Swaps, and fails unless the swap was done; returns the new version. */
  write(key: string, expected: Version | undefined, value: Json, store?: TokenStore): Promise<Version>
  /** Reads, and fails unless something is there. */
  stored(key: string, store?: TokenStore): Promise<Stored>
}

/** A case of the contract before it has a subject. */
export interface StoreCase<C extends Capability = never> {
  readonly name: string
  readonly needs?: readonly Need[]
  run(scene: Scene<C>): Promise<void>
}

/** Opens two instances over `medium`, runs `play` with them, and closes everything, however it went. */
export async function perform<C extends Capability>(
  medium: Medium,
  play: (scene: Scene<C>) => Promise<void>,
): Promise<void> {
  const { patienceMs = 10_000, clock } = medium
  let over = false
  let broken = false
  let awaited = 'the store to answer'
  const opened: TokenStore[] = []
  const open = async (): Promise<Having<C>> => {
    const store = (await medium.open()) as Having<C>
    opened.push(store)
    return store
  }
  const enact = async (): Promise<void> => {
    const store = await open()
    const second = await open()
    await play({
      store,
      second,
      medium,
      async breakDown() {
        broken = true
        await medium.breakDown?.()
      },
      nowMs: clock ? () => clock.nowMs() : Date.now,
      pass: async ms => (clock ? clock.advance(ms) : pause(ms)),
      async until(condition, what) {
        awaited = what
        while (!(await condition())) {
          ensure(!over, `waited too long for ${what}`)
          await clock?.advance(10)
          await pause(2)
        }
      },
      async write(key, expected, value, by = store) {
        const result = await by.compareAndSwap(key, expected, value)
        ensure(result.swapped, `a swap of ${show(key)} was refused though nobody else wrote: ${show(result)}`)
        return result.version
      },
      async stored(key, by = store) {
        const found = await by.read(key)
        ensure(found, `nothing is stored under ${show(key)}`)
        return found
      },
    })
  }

  /** The error that `work` ends in, within the time there is. */
  const failure = (work: Promise<unknown>): Promise<unknown> =>
    within(patienceMs, work, () => `waited ${patienceMs} ms for ${awaited}`).then(
      () => undefined,
      (error: unknown) => error,
    )
  const played = await failure(enact())
  over = true
  awaited = 'the store to close'
  const closed = await failure(Promise.all(opened.map(store => store.close?.())))
  await medium.dispose?.()
  const failed = played ?? (broken ? undefined : closed)
  if (failed) throw failed
}

/** The time between two moments by the clock of the store, else in reality. */
export function stopwatch({ medium: { clock } }: Pick<Scene, 'medium'>): () => number {
  const now = clock ? () => clock.nowMs() : () => platform.performance.now()
  const start = now()
  return () => now() - start
}
