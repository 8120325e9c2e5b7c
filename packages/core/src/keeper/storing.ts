// Phase three: new tokens are stored before any caller gets them.
import type { Handlers } from '../machine/machine.ts'
import type { Flight } from './flight.ts'
import type { Instant } from './instant.ts'
import { rememberRefresh } from './lifetime.ts'
import { remember, type Unsaved } from './memory.ts'
import { factsOf, type SpareRefreshToken, type StoredRecord } from './record.ts'
import type {
  Committing,
  Confirming,
  Ended,
  KeeperEffect,
  KeeperMessage,
  KeeperState,
  KeepingSpare,
  Reading,
  Revoking,
  WaitingToCommit,
} from './states.ts'
import {
  end,
  fail,
  read,
  readToCommit,
  type Rules,
  step,
  swap,
  type To,
  wait,
  withoutAttempt,
} from './steps.ts'
import type { STORING } from './transitions.ts'

/** How long storing new tokens is retried before they are returned unsaved, in ms. */
const PERSIST_TIMEOUT_MS = 5_000
const PERSIST_PAUSE_MS = 250
const NOT_DURABLE = 'the new tokens are stored, but not yet as durably as the store can'

/** Swaps in what was granted, over the record of the same family that it was granted for. */
export function commit(
  rules: Rules,
  flight: Flight,
  granted: Unsaved,
  stored: StoredRecord | undefined,
): To<Committing> {
  const { base, tokens, obtainedAtMs, refreshTokenExpiresAtMs, salvaged, used = [] } = granted
  const before = stored?.record.family === base.family ? stored.record : base
  const generation = Math.max(stored?.record.generation ?? 0, base.generation)
  const spareRefreshTokens = (salvaged?.candidates ?? []).reduce<readonly SpareRefreshToken[]>(
    (list, refresh_token) => rules.withSpare(list, { refresh_token, obtainedAtMs }),
    before.spareRefreshTokens.filter(({ refresh_token }) => !used.includes(refresh_token)),
  )
  // The store may have lost the write of the lease, and with it the key.
  const facts = { ...(base.renewal && { renewal: base.renewal }), ...(base.dpop && { dpop: base.dpop }) }
  const replaced = { ...before, ...facts, generation, spareRefreshTokens }
  const record = rules.withNewTokens(replaced, tokens, obtainedAtMs, refreshTokenExpiresAtMs)
  // What was salvaged comes without an access token: a rejected one stays rejected.
  const isRejected = salvaged && before.rejectedGeneration === before.generation
  return swap(
    'committing',
    { ...flight, granted },
    stored?.version,
    isRejected ? { ...record, rejectedGeneration: record.generation } : record,
  )
}

/** Decides where the granted tokens belong, given what is stored now. */
function place(
  rules: Rules,
  flight: Flight,
  granted: Unsaved,
  stored: StoredRecord | undefined,
  at: Instant,
): To<Committing | KeepingSpare | Revoking | Reading | Confirming | Ended> {
  const { base, tokens, obtainedAtMs, salvaged } = granted
  const comparison = rules.compareToBase(base, stored?.record)
  if (comparison === 'behind') return commit(rules, flight, granted, stored)
  const rest = withoutGrant(flight)
  if (comparison === 'other' || !stored)
    return flight.capabilities.revoke
      ? step({ type: 'revoking', flight: rest }, { type: 'revoke', tokens, facts: factsOf(base) })
      : read(rest)
  const { record, version } = stored
  const { access_token, refresh_token } = tokens
  if (record.tokens.access_token === access_token && !salvaged) return afterCommit(rules, flight, stored, at)
  const spares =
    refresh_token === undefined || refresh_token === record.tokens.refresh_token
      ? record.spareRefreshTokens
      : rules.withSpare(record.spareRefreshTokens, { refresh_token, obtainedAtMs })
  return spares === record.spareRefreshTokens
    ? read(rest)
    : swap('keepingSpare', flight, version, { ...record, spareRefreshTokens: spares })
}

/** Goes on when the granted tokens are in the store. */
function afterCommit(
  rules: Rules,
  flight: Flight,
  { record }: StoredRecord,
  at: Instant,
): To<Reading | Confirming | Ended> {
  const { granted, fromEarlierFlight } = flight
  const { salvaged } = granted ?? {}
  const { backoff: failed, ...known } = withoutGrant(flight).memory
  // After a response that was cut off one more request is worth while; after an unusable one it is not.
  const isRepeated = salvaged?.truncated && !flight.salvages
  const backoff = salvaged && !isRepeated && { backoff: rules.nextBackoff(failed, salvaged.failure, at) }
  const stored = remember(known, record, at)
  const memory = salvaged ? { ...stored, ...backoff } : rememberRefresh(stored, record.generation, at)
  const after = { ...withoutGrant(flight), memory }
  // Tokens that an earlier flight obtained may have expired by now.
  if (fromEarlierFlight) return read(after)
  if (salvaged) {
    const isForced = flight.aboveGeneration !== undefined
    const above = isForced && { aboveGeneration: record.generation }
    return read({ ...after, ...above, ...(isRepeated ? { salvages: 1 } : { failure: salvaged.failure }) })
  }
  const result = { type: 'tokens', record, refreshed: true } as const
  return flight.capabilities.confirm
    ? step({ type: 'confirming', flight: after, result }, { type: 'confirm' })
    : end(after, result, { type: 'refresh-succeeded', generation: record.generation, dirty: false })
}

/** Returns `flight` with nothing left to store: the attempt that was granted is over, and the next starts anew. */
function withoutGrant(flight: Flight): Flight {
  const { granted: _, fromEarlierFlight: __, unsavedSinceMs: ___, ...rest } = withoutAttempt(flight)
  const { unsaved: ____, ...memory } = flight.memory
  return { ...rest, memory }
}

function grantedOf({ granted }: Flight): Unsaved {
  if (!granted) throw new TypeError('there are no tokens to store')
  return granted
}

/** Returns the handlers of this phase. */
export function storing(rules: Rules): Handlers<KeeperState, KeeperMessage, KeeperEffect, typeof STORING> {
  /** The store fails. It is retried for a while; then the tokens are returned, and remembered as unsaved. */
  const storeFailed = (
    { flight }: { readonly flight: Flight },
    { failure, ...at }: Extract<KeeperMessage, { type: 'storeFailed' }>,
  ): To<WaitingToCommit | Ended> => {
    const { unsavedSinceMs = at.monotonicMs } = flight
    const granted = grantedOf(flight)
    if (flight.fromEarlierFlight) return fail(rules, flight, failure, at)
    if (!failure.isPermanent && at.monotonicMs - unsavedSinceMs < PERSIST_TIMEOUT_MS)
      return wait('waitingToCommit', { ...flight, unsavedSinceMs }, at.monotonicMs + PERSIST_PAUSE_MS, true)
    const { base, tokens, obtainedAtMs, salvaged } = granted
    const record = rules.withNewTokens(base, tokens, obtainedAtMs, granted.refreshTokenExpiresAtMs)
    const { generation } = record
    const remembered = rememberRefresh(remember(flight.memory, record, at), generation, at)
    const memory = { ...remembered, unsaved: granted }
    const event = { type: 'persist-failed', message: failure.message } as const
    return salvaged
      ? end({ ...flight, memory }, { type: 'failed', failure: salvaged.failure }, event)
      : end({ ...flight, memory }, { type: 'tokens', record, refreshed: true }, event, {
          type: 'refresh-succeeded',
          generation,
          dirty: true,
        })
  }

  return {
    committing: {
      swapped: ({ flight, record }, { version, ...at }) =>
        afterCommit(rules, flight, { record, version }, at),
      conflicted: ({ flight }) => readToCommit(flight),
      storeFailed,
    },
    readingToCommit: {
      found: ({ flight }, { stored, ...at }) => place(rules, flight, grantedOf(flight), stored, at),
      storeFailed,
    },
    waitingToCommit: { woke: ({ flight }) => readToCommit(flight) },
    keepingSpare: {
      // Remembered, because a store that loses this write would otherwise lose the spare.
      swapped({ flight, record }, at) {
        const rest = withoutGrant(flight)
        return read({ ...rest, memory: remember(rest.memory, record, at) })
      },
      conflicted: ({ flight }) => readToCommit(flight),
      storeFailed,
    },
    revoking: { revoked: ({ flight }) => read(flight) },
    confirming: {
      confirmed({ flight, result }, { durable }) {
        const { generation } = result.record
        const unsure = durable ? [] : [{ type: 'persist-failed', message: NOT_DURABLE } as const]
        return end(flight, result, ...unsure, { type: 'refresh-succeeded', generation, dirty: false })
      },
    },
  }
}
