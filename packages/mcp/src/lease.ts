// One process at a time, through any store: a record with an end, replaced by compare-and-swap only.
import { LatchkeyError } from '@latchkey/core'
import type { Clock, Json, TokenStore, Version } from '@latchkey/core/ports'

/** How long a lease lasts if its holder dies, in ms: nobody waits longer for a dead process. */
export const LEASE_MS = 30_000

/** How often the holder extends its lease, in ms. */
const RENEW_MS = 10_000

/** How often a process that waits reads the store, in ms. `watch` wakes it earlier, where the store has it. */
const POLL_MS = 500

/** How long the record of a lease that has ended stays, in ms, so that those who waited read its failure. */
const KEPT_MS = 60_000

/** How much of an error's message others read, in characters. */
const MAX_MESSAGE = 1_024

/** What a lease needs. */
export interface LeasePorts {
  readonly store: TokenStore
  readonly clock: Clock
  /** Returns a random name. */
  readonly random: () => string
}

interface LeaseRecord {
  readonly v: 1
  readonly holder: string
  /** Unix time in ms. */
  readonly untilMs: number
  /** Why the holder's work failed. */
  readonly failure?: string
}

/** A login or a registration of another process, which this one waited for, has failed; the message is that of its error. */
export class OtherProcessError extends LatchkeyError {
  override readonly name = 'OtherProcessError'
  readonly code = 'other_process_failed'
}

/** A lease that this process holds. */
export class Lease {
  readonly #ports: LeasePorts
  readonly #key: string
  #record: LeaseRecord
  readonly #ended = new AbortController()
  #version: Version
  #renewing: Promise<void> = Promise.resolve()

  constructor(ports: LeasePorts, key: string, record: LeaseRecord, version: Version) {
    this.#ports = ports
    this.#key = key
    this.#record = record
    this.#version = version
  }

  /** Whether this process no longer holds it, because it did not extend it in time. */
  get isOver(): boolean {
    return !isHeld(this.#record, this.#ports.clock.nowMs())
  }

  /** Extends the lease until it is released, at most for `maxMs`; it keeps no process running. */
  keep(maxMs: number = Infinity): this {
    this.#renewing = this.#renew(this.#ports.clock.monotonicMs() + maxMs)
    return this
  }

  /**
   * Ends the lease; those who wait learn of `error`. A lease that somebody else took meanwhile stays theirs. If the store
   * fails, it ends by itself.
   */
  async release(error?: unknown): Promise<void> {
    this.#ended.abort()
    await this.#renewing
    const { v, holder } = this.#record
    const record = { v, holder, untilMs: 0, ...(error !== undefined && { failure: wordsOf(error) }) }
    await this.#swap(record, KEPT_MS).catch(() => {})
  }

  async #renew(untilMs: number): Promise<void> {
    const { clock } = this.#ports
    const { signal } = this.#ended
    while (clock.monotonicMs() < untilMs) {
      await clock.sleep(RENEW_MS, { signal })
      if (signal.aborted) return
      // A store that fails now may work at the next attempt, which is before the end.
      await this.#swap({ ...this.#record, untilMs: clock.nowMs() + LEASE_MS }, LEASE_MS + KEPT_MS).catch(
        () => {},
      )
    }
  }

  async #swap(record: LeaseRecord, keptMs: number): Promise<void> {
    const { store, clock } = this.#ports
    const expiresAtMs = clock.nowMs() + keptMs
    const result = await store.compareAndSwap(this.#key, this.#version, record as unknown as Json, {
      expiresAtMs,
    })
    if (!result.swapped) return
    this.#version = result.version
    this.#record = record
  }
}

/**
 * Takes a lease. Resolves to the name of its holder if there is one already.
 *
 * @param watched - the holder that the caller has waited for.
 * @throws {OtherProcessError} when the work of `watched` has failed.
 * @throws what the store throws.
 */
export async function takeLease(ports: LeasePorts, key: string, watched?: string): Promise<Lease | string> {
  const { store, clock, random } = ports
  const found = await store.read(key)
  const current = found?.value as LeaseRecord | undefined
  if (current?.failure !== undefined && current.holder === watched)
    throw new OtherProcessError(current.failure)
  const nowMs = clock.nowMs()
  if (isHeld(current, nowMs)) return current.holder
  const record: LeaseRecord = { v: 1, holder: random(), untilMs: nowMs + LEASE_MS }
  const expiresAtMs = record.untilMs + KEPT_MS
  const result = await store.compareAndSwap(key, found?.version, record as unknown as Json, { expiresAtMs })
  if (result.swapped) return new Lease(ports, key, record, result.version)
  return takeLease(ports, key, watched)
}

/** Whether a lease lasts. A clock that was set back does not make it longer. */
function isHeld(record: LeaseRecord | undefined, nowMs: number): record is LeaseRecord {
  return record !== undefined && record.untilMs > nowMs && record.untilMs <= nowMs + LEASE_MS
}

/** What a caller does in turn. */
interface Turn<T> {
  /** Returns what the caller wants, if it is there already. */
  readonly find: () => Promise<T | undefined>
  readonly signal?: AbortSignal | undefined
}

/**
 * Waits for the lease, or for what another holder of it makes.
 *
 * @throws {OtherProcessError} when the work of the holder that was waited for has failed.
 * @throws what `find` and the store throw, and the signal's reason.
 */
export async function waitForTurn<T>(
  ports: LeasePorts,
  key: string,
  { find, signal }: Turn<T>,
): Promise<Lease | { readonly found: T }> {
  const letGo = ports.clock.hold?.()
  try {
    for (let watched: string | undefined; ; await pause(ports, key, signal)) {
      signal?.throwIfAborted()
      const found = await find()
      if (found !== undefined) return { found }
      const taken = await takeLease(ports, key, watched)
      if (typeof taken !== 'string') return taken
      watched = taken
    }
  } finally {
    letGo?.()
  }
}

/**
 * Returns what `find` finds, else what `work` makes; `work` runs in one process at a time. The others wait, and find.
 *
 * @throws what `waitForTurn` and `work` throw.
 */
export async function inTurn<T>(
  ports: LeasePorts,
  key: string,
  { work, ...turn }: Turn<T> & { readonly work: () => Promise<T> },
): Promise<T> {
  const taken = await waitForTurn(ports, key, turn)
  if (!(taken instanceof Lease)) return taken.found
  taken.keep()
  try {
    // Another process may have ended its work just before.
    const result = (await turn.find()) ?? (await work())
    await taken.release()
    return result
  } catch (error) {
    await taken.release(error)
    throw error
  }
}

/** Returns what other processes learn of an error. The message of one that is not of Latchkey may quote a code or a token. */
function wordsOf(error: unknown): string {
  if (error instanceof LatchkeyError) return error.message.slice(0, MAX_MESSAGE)
  return error instanceof Error ? error.name : 'an unknown error'
}

/** Waits while another process holds the lease. Takes nothing. */
export async function waitForOthers<T>(
  ports: LeasePorts,
  key: string,
  { find }: Turn<T>,
): Promise<T | undefined> {
  while (isHeld((await ports.store.read(key))?.value as LeaseRecord | undefined, ports.clock.nowMs())) {
    await pause(ports, key, undefined)
    const found = await find()
    if (found !== undefined) return found
  }
  return undefined
}

/** Waits until the lease may have changed. */
async function pause(
  { store, clock }: LeasePorts,
  key: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const changed = new AbortController()
  const wake = (): void => changed.abort()
  const stop = store.watch?.(key, wake)
  signal?.addEventListener('abort', wake, { once: true })
  await clock.sleep(POLL_MS, { signal: changed.signal })
  signal?.removeEventListener('abort', wake)
  stop?.()
}
