import type { Failure } from '../failure.ts'
import { type Handlers, machine, type Machine, type Step } from '../machine/machine.ts'
import type { Version } from '../ports/token-store.ts'
import type { KeeperEvent } from './events.ts'
import type { KeeperEffect, KeeperMessage } from './states.ts'
import type { Instant } from './instant.ts'
import { type Memory, remember } from './memory.ts'
import { type FamilyFacts, factsOf, type Owner, type StoredRecord, type TokenRecord } from './record.ts'
import { type Grant, holds, signedIn, signedOut } from './record-writes.ts'
import type { Tokens } from '../tokens.ts'
import { emissions, step } from './steps.ts'
import type { ACCOUNT_WRITE } from './transitions.ts'

/** A sign-in or sign-out, which overrides whatever is stored. `family` is random. */
export type AccountWrite =
  /** A new family, with the tokens of `grant`. */
  | {
      readonly type: 'sign-in'
      readonly family: string
      /** The tokens, and how they were obtained. */
      readonly grant: Grant
      /** Only if nothing is stored, or if the stored tokens were imported from others than these. */
      readonly ifNew?: true
    }
  /** A tombstone, which keeps the family that it ends; `family` is used only if there is none. */
  | {
      readonly type: 'sign-out'
      readonly family: string
      /** The refresh token, or else the access token, that the server has revoked already. */
      readonly revoked?: string | undefined
    }

/** The input of the machine. */
export interface AccountWritePlan {
  /** The account. Its record names it. */
  readonly owner: Owner
  /** Overrides whatever is stored. */
  readonly write: AccountWrite
  /** What this process remembers of the account. The state `written` has it as it is afterwards. */
  readonly memory: Memory
  /** Whether the server can revoke the tokens at a sign-out. */
  readonly revoke: boolean
}

interface In<Type extends string> extends AccountWritePlan {
  readonly type: Type
  /** Since when the store fails, by the monotonic clock. */
  readonly failingSinceMs?: number
}

/** The record is swapped in over what was read. */
interface Writing extends In<'writing'> {
  readonly before: TokenRecord | undefined
  readonly record: TokenRecord
}

/** The server revokes one set of tokens after the other. */
interface Revoking extends In<'revoking'> {
  readonly left: readonly Partial<Tokens>[]
  readonly facts: FamilyFacts
}

/** The end; `failure`: the store failed. */
export interface Written {
  readonly type: 'written'
  readonly memory: Memory
  readonly failure?: Failure
}

/** The states of a sign-in or sign-out that is written. `written` is final, also if the store failed. */
export type AccountWriteState = In<'reading'> | Writing | In<'waiting'> | Revoking | Written

/** How long a failing store is retried, in ms; callers wait for 5,000. */
const TIMEOUT_MS = 4_000
const PAUSE_MS = 250

type On<Type extends KeeperMessage['type']> = Extract<KeeperMessage, { type: Type }>

type UnderWay = AccountWritePlan & { readonly failingSinceMs?: number }

function readingOf(
  { owner, write, memory, revoke, failingSinceMs: since }: UnderWay,
  failingSinceMs = since,
): In<'reading'> {
  return {
    type: 'reading',
    owner,
    write,
    memory,
    revoke,
    ...(failingSinceMs !== undefined && { failingSinceMs }),
  }
}

/** Swaps in the record of the write, unless it is stored already. */
function swapIn(
  state: UnderWay,
  { stored, damaged, ...at }: On<'found' | 'conflicted'>,
): Step<Writing | Revoking | Written, KeeperEffect> {
  const { owner, write, memory } = state
  if (!damaged && isAlreadyWritten(write, stored, memory)) {
    if (!stored) return end(memory)
    return isOwnWrite(write, stored.record, memory)
      ? afterWrite(state, memory.record, stored.record, at)
      : end(remember(memory, stored.record, at))
  }
  const before = newestOf(stored?.record, memory.record)
  const record =
    write.type === 'sign-in'
      ? signedIn(before, owner, write.family, write.grant, at.nowMs)
      : signedOut(before, owner, write.family, at.nowMs)
  const expected: Version | undefined = damaged ? damaged.version : stored?.version
  const known = before ? { ...state, memory: remember(memory, before, at) } : state
  return step({ ...readingOf(known), type: 'writing', before, record }, { type: 'swap', expected, record })
}

/** The record is stored. A sign-out revokes every refresh token that may still work. */
function afterWrite(
  state: UnderWay,
  before: TokenRecord | undefined,
  record: TokenRecord,
  at: Instant,
): Step<Revoking | Written, KeeperEffect> {
  const { unsaved, backoff: _, ...kept } = state.memory
  const memory = remember(kept, record, at)
  const { status, generation, because } = record
  if (status === 'live') return end(memory, factsOf(before ?? {}), { type: 'signed-in', generation, because })
  const { revoked } = state.write as Extract<AccountWrite, { type: 'sign-out' }>
  const { tokens = {}, spareRefreshTokens = [] } = before ?? {}
  const sets = [
    unsaved?.tokens ?? {},
    tokens,
    ...spareRefreshTokens.map(({ refresh_token }): Partial<Tokens> => ({ refresh_token })),
  ].filter(set => ![undefined, revoked].includes(set.refresh_token ?? set.access_token))
  return revoke({ ...state, memory }, state.revoke ? sets : [], factsOf(before ?? {}), {
    type: 'signed-out',
    because,
  })
}

function revoke(
  state: UnderWay,
  [tokens, ...left]: readonly Partial<Tokens>[],
  facts: FamilyFacts,
  ...events: readonly KeeperEvent[]
): Step<Revoking | Written, KeeperEffect> {
  return tokens
    ? step(
        { ...readingOf(state), type: 'revoking', left, facts },
        { type: 'revoke', tokens, facts },
        ...events,
      )
    : end(state.memory, facts, ...events)
}

function isAlreadyWritten(
  write: AccountWrite,
  stored: StoredRecord | undefined,
  { record: known }: Memory,
): boolean {
  if (write.type === 'sign-out') return stored ? stored.record.status === 'signedOut' : !known
  if (!stored) return false
  const { record, isSameImport } = stored
  return (
    record.family === write.family || (!!write.ifNew && (isSameImport || holds(record, write.grant.tokens)))
  )
}

/** Whether this write stored it: the store may have carried out a write without a response. */
function isOwnWrite(write: AccountWrite, { family }: TokenRecord, { record: known }: Memory): boolean {
  if (write.type === 'sign-in') return family === write.family
  return family === known?.family && known.status !== 'signedOut'
}

/** Returns the record to count on from: the generation never decreases. */
function newestOf(stored: TokenRecord | undefined, known: TokenRecord | undefined): TokenRecord | undefined {
  if (!stored || !known || known.generation <= stored.generation) return stored ?? known
  return known.family === stored.family ? known : { ...stored, generation: known.generation }
}

/** Ends the write. The key of a family that it ended is of no more use. */
function end(
  memory: Memory,
  { dpop }: FamilyFacts = {},
  ...events: readonly KeeperEvent[]
): Step<Written, KeeperEffect> {
  const destroyed = dpop && dpop.jkt !== memory.record?.dpop?.jkt
  const effects = emissions(events)
  return {
    state: { type: 'written', memory },
    effects: destroyed ? [...effects, { type: 'destroyKey', dpop }] : effects,
  }
}

const storeFailed = (
  state: UnderWay,
  { failure, ...at }: On<'storeFailed'>,
): Step<In<'waiting'> | Written, KeeperEffect> => {
  const { failingSinceMs = at.monotonicMs } = state
  if (failure.isPermanent || at.monotonicMs - failingSinceMs >= TIMEOUT_MS)
    return { state: { type: 'written', memory: state.memory, failure }, effects: [] }
  return step(
    { ...readingOf(state, failingSinceMs), type: 'waiting' },
    { type: 'wait', untilMs: at.monotonicMs + PAUSE_MS, orChanged: false },
  )
}

const handlers: Handlers<AccountWriteState, KeeperMessage, KeeperEffect, typeof ACCOUNT_WRITE> = {
  reading: { found: swapIn, storeFailed },
  writing: {
    swapped: ({ before, record, ...state }, at) => afterWrite(state, before, record, at),
    conflicted: swapIn,
    storeFailed,
  },
  waiting: { woke: state => step(readingOf(state), { type: 'read' }) },
  revoking: { revoked: state => revoke(state, state.left, state.facts) },
}

/** Returns the machine that swaps a sign-in or sign-out into the store, and retries until it is stored. */
export function accountWriteMachine(): Machine<
  AccountWriteState,
  KeeperMessage,
  KeeperEffect,
  AccountWritePlan
> {
  return machine('account-write', plan => step(readingOf(plan), { type: 'read' }), handlers)
}
