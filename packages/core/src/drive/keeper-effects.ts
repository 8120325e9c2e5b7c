import type { LatchkeyError } from '../errors.ts'
import { Ending } from '../util/ending.ts'
import { own } from '../util/own.ts'
import type { Dpop } from '../dpop/dpop.ts'
import type { KeeperEvent } from '../keeper/events.ts'
import type { KeeperEffect, KeeperMessage, RenewalResult } from '../keeper/states.ts'
import type { Instant } from '../keeper/instant.ts'
import type { Grant } from '../keeper/record-writes.ts'
import { readRecord, type UnusableRecord } from '../keeper/read-record.ts'
import { type FamilyFacts, jsonOf, type Owner, type TokenRecord } from '../keeper/record.ts'
import type { Clock } from '../ports/clock.ts'
import type { LockHold, Stored, SwapResult, TokenStore, Version } from '../ports/token-store.ts'
import type { Tokens } from '../tokens.ts'
import { withImportHash } from './import-hash-v1.ts'
import { isImportHash } from './import-hash.ts'
import { flightsOf } from './limits.ts'
import type { Rank } from './queue.ts'
import { noteRefresh } from './refused-accounts.ts'
import { loadOf } from './server-load.ts'
import { LATE, within } from '../util/within.ts'
import { STORE_TIMEOUT_MS, storeFailure, withTimeout } from './store-call.ts'

/** The ports that the effects of a keeper's machines are performed through. */
export interface KeeperPorts {
  readonly store: TokenStore
  readonly clock: Clock
  readonly key: string
  readonly owner: Owner
  /** Its place in the queue of the store. */
  readonly rank: Rank
  /** Requests new tokens from the server; never rejects. */
  renew(refresh_token: string | undefined, facts: FamilyFacts, access_token?: string): Promise<RenewalResult>
  /** Revokes tokens at the server; absent when it cannot. */
  readonly revoke?: ((tokens: Partial<Tokens>, facts: FamilyFacts) => Promise<void>) | undefined
  readonly dpop?: Dpop | undefined
  /** The codes of errors for which a write replaces a value that the store cannot read. */
  readonly replaces?: readonly LatchkeyError['code'][] | undefined
  /** What a write imports, if the record was not imported from the same tokens. */
  readonly imported?: Grant | undefined
  emit(event: KeeperEvent): void
}

const UNUSABLE_MESSAGES: Readonly<Record<UnusableRecord, string>> = {
  newer: 'the store holds a record of a newer version of Latchkey, which is kept: upgrade this program',
  foreign: 'the store holds the record of another account under this key, which is kept: check the key',
  damaged:
    'the store holds a value under this key that is not a token record: sign in or sign out to replace it',
}

/** Stands for a value that the store cannot read: it has no version. */
const CORRUPT = { value: null } as Partial<Stored> as Stored

const withoutResult = (message: string): RenewalResult => ({
  type: 'failed',
  outcome: 'indeterminate',
  failure: { code: 'indeterminate', message },
})

/** The result of a refresh that throws. The error is not repeated, since it may quote the request. */
const REFRESH_THREW = withoutResult('the refresh failed')
/** The result of a refresh that never ends. */
const NO_RESPONSE = withoutResult('the transport did not end the request within 70 s')

/** How often a flight that waits for a response extends its lease, in ms. */
const PENDING_MS = 5_000
/** After so many times a request has no end: transports give up after 60 s. */
const MAX_PENDING = 14

/** For a shorter wait, in ms, the store need not tell of changes. */
const SHORT_MS = 100

/** Effects during which a flight gives its slot in the queue to others. */
const WAITS: readonly KeeperEffect['type'][] = ['lock', 'wait', 'await']

/** Returns the current instant by both clocks, in whole ms. */
export function instantOf(clock: Clock): Instant {
  return { nowMs: Math.floor(clock.nowMs()), monotonicMs: Math.floor(clock.monotonicMs()) }
}

/** Performs the effects of one run of a machine. It holds the lock of the run, and a slot in the store's queue. */
export interface Performer {
  perform(effect: KeeperEffect): Promise<KeeperMessage> | undefined
  /** Returns the slot, and watches no longer. */
  end(): void
}

/** Returns the performer of one run. */
export function performer(ports: KeeperPorts): Performer {
  const { store, clock, key, imported } = ports
  const { provider } = ports.owner
  const flights = flightsOf(store)
  const load = provider ? loadOf(provider) : undefined
  let { rank } = ports
  let hasSlot = false
  let hold: LockHold | undefined
  let response: Promise<RenewalResult> | undefined
  let isQueued = false
  let waits = 0
  let stopWatching: (() => void) | undefined
  /** Ends when the record has changed since the last wait. */
  let change = new Ending()

  function enter(): Promise<void> | undefined {
    if (hasSlot) return undefined
    hasSlot = true
    const turn = flights.enter(rank)
    rank = 0
    return turn
  }

  function leave(): void {
    if (hasSlot) flights.leave()
    hasSlot = false
  }

  type Untimed = KeeperMessage extends infer Message
    ? Message extends KeeperMessage
      ? Omit<Message, keyof Instant>
      : never
    : never
  const timed = async (work: Promise<Untimed>): Promise<KeeperMessage> =>
    ({ ...(await work), ...instantOf(clock) }) as KeeperMessage

  /** Calls the store. It fails by an error, by a timeout, or by a value that is not a usable record. */
  async function callStore<T>(
    doing: string,
    work: () => Promise<T>,
    messageOf: (result: T) => Untimed | UnusableRecord | Promise<Untimed | UnusableRecord>,
    limitMs: number = STORE_TIMEOUT_MS,
    discard?: (late: T) => unknown,
  ): Promise<Untimed> {
    try {
      const message = await messageOf(await withTimeout(clock, limitMs, work(), discard))
      if (typeof message !== 'string') return message
      return {
        type: 'storeFailed',
        failure: { code: 'record_unusable', message: UNUSABLE_MESSAGES[message], isPermanent: true },
      }
    } catch (cause) {
      return { type: 'storeFailed', failure: storeFailure(doing, cause) }
    }
  }

  /** Returns the message with the stored record, or with a damaged one that is to be replaced. */
  async function withRecord(
    type: 'found' | 'conflicted',
    stored: Stored | undefined,
  ): Promise<Untimed | UnusableRecord> {
    const read = readRecord(await withImportHash(stored), ports.owner)
    if (read === 'damaged' && ports.replaces)
      return { type, stored: undefined, damaged: { version: stored?.version } }
    if (typeof read === 'string') return read
    const isSameImport = imported && (await isImportHash(read?.record.importedHash, imported.tokens))
    return { type, stored: read && { ...read, isSameImport } }
  }

  /** Whether the store cannot read the value, and it is to be replaced. */
  const isReplaceable = (error: unknown): boolean =>
    !!ports.replaces?.includes(own(error, 'code') as LatchkeyError['code'])

  /** Reads the value. One that the store cannot read, and that is to be replaced, is read as a damaged one. */
  async function read(): Promise<Stored | undefined> {
    try {
      return await store.read(key)
    } catch (error) {
      if (!isReplaceable(error)) throw error
      return CORRUPT
    }
  }

  /** Swaps in `record`. A value that the store cannot read has no version: it is removed first. */
  async function swap(expected: Version | undefined, record: TokenRecord): Promise<SwapResult> {
    if (record.dpop) await ports.dpop?.saveKey(record.dpop)
    try {
      return await store.compareAndSwap(key, expected, jsonOf(record))
    } catch (error) {
      if (!isReplaceable(error)) throw error
      await store.remove(key)
      return store.compareAndSwap(key, undefined, jsonOf(record))
    }
  }

  /** A run subscribes once: a store may notify with each subscription, since the value may have changed before. */
  async function wait(untilMs: number, orChanged: boolean): Promise<Untimed> {
    const ms = Math.max(0, untilMs - clock.monotonicMs())
    if (orChanged && ms > SHORT_MS) stopWatching ??= store.watch?.(key, () => change.end())
    await clock.sleep(ms, orChanged ? { signal: change } : {})
    change = new Ending()
    return { type: 'woke' }
  }

  async function orElse<T>(work: Promise<T> | undefined, otherwise: T): Promise<T> {
    try {
      return (await work) ?? otherwise
    } catch {
      return otherwise
    }
  }

  /** Sends the request when the server's queue allows it. */
  function send({ refresh_token, facts, access_token }: Extract<KeeperEffect, { type: 'refresh' }>): void {
    isQueued = true
    waits = 0
    const request = (): Promise<RenewalResult> => {
      isQueued = false
      return orElse(ports.renew(refresh_token, facts, access_token), REFRESH_THREW)
    }
    response = load ? load.send(clock, ports.rank, request) : request()
  }

  /** Returns the response, or `pending` if there is none within 5 s. */
  async function responseOf(pending: Promise<RenewalResult>): Promise<Untimed> {
    const result = await within(clock, PENDING_MS, pending)
    if (result === LATE) {
      load?.failIfSilent(clock)
      if (!isQueued && ++waits >= MAX_PENDING) return NO_RESPONSE
      return { type: 'pending', isQueued }
    }
    isQueued = false
    const isRefused = result.type === 'failed' && ['refused', 'unreadable'].includes(result.outcome)
    if (!provider || (result.type === 'failed' && !isRefused)) return result
    const areOthersRefused = noteRefresh(ports.owner, isRefused)
    return result.type === 'failed' ? { ...result, areOthersRefused } : result
  }

  async function resultOf(effect: Exclude<KeeperEffect, { type: 'emit' | 'destroyKey' }>): Promise<Untimed> {
    switch (effect.type) {
      case 'read':
        return callStore('read', read, found => withRecord('found', found))
      case 'swap':
        return callStore(
          'written',
          () => swap(effect.expected, effect.record),
          result =>
            result.swapped
              ? { type: 'swapped', version: result.version }
              : withRecord('conflicted', result.current),
        )
      case 'lock':
        return callStore(
          'locked',
          async () => store.locks?.acquire(key, { waitMs: effect.waitMs }),
          acquired => ({ type: (hold = acquired) ? 'locked' : 'busy' }),
          effect.waitMs + STORE_TIMEOUT_MS,
          late => late?.release(),
        )
      case 'wait':
        return wait(effect.untilMs, effect.orChanged)
      case 'confirm': {
        const confirmed = withTimeout(clock, STORE_TIMEOUT_MS, store.confirm?.(key) ?? Promise.resolve(true))
        return { type: 'confirmed', durable: await orElse(confirmed, false) }
      }
      case 'refresh':
        send(effect)
        return responseOf(response!)
      case 'await':
        return responseOf(response!)
      case 'revoke':
        await orElse(ports.revoke?.(effect.tokens, effect.facts), undefined)
        return { type: 'revoked' }
      case 'unlock':
        await orElse(hold?.release(), undefined)
        return { type: 'unlocked' }
      default:
        return effect satisfies never
    }
  }

  return {
    perform(effect) {
      if (effect.type === 'emit') return void ports.emit(effect.event)
      if (effect.type === 'destroyKey') return void ports.dpop?.destroyKey(effect.dpop)
      const isWaiting = WAITS.includes(effect.type)
      if (isWaiting && !isQueued) leave()
      const turn = isWaiting ? undefined : enter()
      return timed(turn ? turn.then(() => resultOf(effect)) : resultOf(effect))
    },
    end() {
      leave()
      stopWatching?.()
    },
  }
}
