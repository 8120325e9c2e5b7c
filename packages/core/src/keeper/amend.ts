import type { Failure } from '../failure.ts'
import { type Handlers, machine, type Machine, type Step } from '../machine/machine.ts'
import type { Version } from '../ports/token-store.ts'
import type { KeeperEvent } from './events.ts'
import type { KeeperEffect, KeeperMessage } from './flight.ts'
import type { Instant } from './instant.ts'
import { type Memory, remember } from './memory.ts'
import { type Grant, type Owner, signedIn, signedOut, type StoredRecord, type TokenRecord } from './record.ts'
import type { Tokens } from '../tokens.ts'
import { step, told } from './steps.ts'

/** A person's word on an account, which holds over whatever is stored. `lineage` is random. */
export type Change =
  | {
      readonly type: 'sign-in'
      readonly lineage: string
      readonly grant: Grant
      /** Only where nothing is stored yet, or where what is stored came of other tokens than these. */
      readonly ifNew?: true
    }
  | { readonly type: 'sign-out'; readonly lineage: string }

/** What an amendment is started with. */
export interface Amendment {
  readonly owner: Owner
  readonly change: Change
  readonly memory: Memory
  /** Whether the server takes back the tokens of who signs out. */
  readonly revoke: boolean
}

interface In<Type extends string> extends Amendment {
  readonly type: Type
  /** Since when, by the monotonic clock, the store fails. */
  readonly failingSinceMs?: number
}

/** The change is swapped in over what was read. */
interface Amending extends In<'amending'> {
  readonly before: TokenRecord | undefined
  readonly record: TokenRecord
}

/** The server is asked to forget tokens, one set after the other. */
interface Revoking extends In<'revoking'> {
  readonly left: readonly Partial<Tokens>[]
}

/** The end; the failure is the store's. */
export interface Amended {
  readonly type: 'amended'
  readonly memory: Memory
  readonly failure?: Failure
}

export type AmendState = In<'reading'> | Amending | In<'waiting'> | Revoking | Amended

/** How long a store that fails is tried, in ms; who waits for it does so for 5,000. */
const PATIENCE_MS = 4_000
const PAUSE_MS = 250

const LOOKED = ['amending', 'revoking', 'amended'] as const
const FAILED = ['waiting', 'amended'] as const

const TRANSITIONS = {
  reading: { found: LOOKED, storeFailed: FAILED },
  amending: { swapped: ['revoking', 'amended'], refused: LOOKED, storeFailed: FAILED },
  waiting: { woke: ['reading'] },
  revoking: { revoked: ['revoking', 'amended'] },
  amended: {},
} as const

type On<Type extends KeeperMessage['type']> = Extract<KeeperMessage, { type: Type }>

/** An amendment under way, and since when, by the monotonic clock, the store fails. */
type UnderWay = Amendment & { readonly failingSinceMs?: number }

function readingOf(
  { owner, change, memory, revoke, failingSinceMs: since }: UnderWay,
  failingSinceMs = since,
): In<'reading'> {
  return {
    type: 'reading',
    owner,
    change,
    memory,
    revoke,
    ...(failingSinceMs !== undefined && { failingSinceMs }),
  }
}

/** Writes the change over what is stored, unless it is there already. */
function amend(
  state: UnderWay,
  stored: StoredRecord | undefined,
  at: Instant,
): Step<Amending | Revoking | Amended, KeeperEffect> {
  const { owner, change, memory } = state
  if (isThere(change, stored?.record, memory)) {
    if (!stored) return amended(memory)
    return isOurs(change, stored.record, memory)
      ? made(state, memory.record, stored.record, at)
      : amended(remember(memory, stored.record, at))
  }
  const before = newest(stored?.record, memory.record)
  const record =
    change.type === 'sign-in'
      ? signedIn(before, owner, change.lineage, change.grant, at.nowMs)
      : signedOut(before, owner, change.lineage, at.nowMs)
  const expected: Version | undefined = stored?.version
  const known = before ? { ...state, memory: remember(memory, before, at) } : state
  return step({ ...readingOf(known), type: 'amending', before, record }, { type: 'swap', expected, record })
}

/** The change holds. Who signs out has the server forget every refresh token that may be good. */
function made(
  state: UnderWay,
  before: TokenRecord | undefined,
  record: TokenRecord,
  at: Instant,
): Step<Revoking | Amended, KeeperEffect> {
  const { unsaved, backoff: _, ...kept } = state.memory
  const memory = remember(kept, record, at)
  const { status, gen, because } = record
  if (status === 'live') return amended(memory, { type: 'signed-in', gen, because })
  const { tokens = {}, alternates = [] } = before ?? {}
  const sets = [
    unsaved?.tokens ?? {},
    tokens,
    ...alternates.map(({ refresh_token }): Partial<Tokens> => ({ refresh_token })),
  ].filter(set => (set.refresh_token ?? set.access_token) !== undefined)
  return revoke({ ...state, memory }, state.revoke ? sets : [], { type: 'signed-out', because })
}

/** The server forgets one set after the other. */
function revoke(
  state: UnderWay,
  [tokens, ...left]: readonly Partial<Tokens>[],
  ...events: readonly KeeperEvent[]
): Step<Revoking | Amended, KeeperEffect> {
  return tokens
    ? step({ ...readingOf(state), type: 'revoking', left }, { type: 'revoke', tokens }, ...events)
    : amended(state.memory, ...events)
}

function isThere(change: Change, stored: TokenRecord | undefined, { record: known }: Memory): boolean {
  if (change.type === 'sign-out') return stored ? stored.status === 'signedOut' : !known
  if (stored?.lineage === change.lineage) return true
  return !!change.ifNew && !!stored && isSameImport(stored, change.grant)
}

/** Whether it is there by this change: the store may have carried out a write of which it said nothing. */
function isOurs(change: Change, { lineage }: TokenRecord, { record: known }: Memory): boolean {
  if (change.type === 'sign-in') return lineage === change.lineage
  return lineage === known?.lineage && known.status !== 'signedOut'
}

/** Whether these tokens are those that the stored ones came of, or the stored ones themselves. */
function isSameImport({ imported, tokens }: TokenRecord, { tokens: given }: Grant): boolean {
  return [imported, tokens].some(
    old =>
      old?.refresh_token === given.refresh_token &&
      (given.access_token === undefined || old?.access_token === given.access_token),
  )
}

/** The generation counts on from the highest that is known, so that it only ever grows. */
function newest(stored: TokenRecord | undefined, known: TokenRecord | undefined): TokenRecord | undefined {
  if (!stored || !known || known.gen <= stored.gen) return stored ?? known
  return known.lineage === stored.lineage ? known : { ...stored, gen: known.gen }
}

function amended(memory: Memory, ...events: readonly KeeperEvent[]): Step<Amended, KeeperEffect> {
  return { state: { type: 'amended', memory }, effects: told(events) }
}

const storeFailed = (
  state: UnderWay,
  { failure, ...at }: On<'storeFailed'>,
): Step<In<'waiting'> | Amended, KeeperEffect> => {
  const { failingSinceMs = at.monotonicMs } = state
  if (at.monotonicMs - failingSinceMs >= PATIENCE_MS)
    return { state: { type: 'amended', memory: state.memory, failure }, effects: [] }
  return step(
    { ...readingOf(state, failingSinceMs), type: 'waiting' },
    { type: 'wait', untilMs: at.monotonicMs + PAUSE_MS, orChanged: false },
  )
}

const handlers: Handlers<AmendState, KeeperMessage, KeeperEffect, typeof TRANSITIONS> = {
  reading: { found: (state, { stored, ...at }) => amend(state, stored, at), storeFailed },
  amending: {
    swapped: ({ before, record, ...state }, at) => made(state, before, record, at),
    refused: (state, { current, ...at }) => amend(state, current, at),
    storeFailed,
  },
  waiting: {
    woke: state => step(readingOf(state), { type: 'read' }),
  },
  revoking: { revoked: state => revoke(state, state.left) },
}

/** A sign-in or sign-out over whatever is stored: swapped in, tried again until it holds. */
export function amending(): Machine<AmendState, KeeperMessage, KeeperEffect, Amendment> {
  return machine('amend', TRANSITIONS, plan => step(readingOf(plan), { type: 'read' }), handlers)
}
