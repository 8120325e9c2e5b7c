import type { Failure } from '../failure.ts'
import { type Handlers, machine, type Machine, type Step } from '../machine/machine.ts'
import type { Version } from '../ports/token-store.ts'
import type { KeeperEvent } from './events.ts'
import type { KeeperEffect, KeeperMessage } from './flight.ts'
import type { Instant } from './instant.ts'
import { type Memory, remember } from './memory.ts'
import { type Grant, type Owner, signedIn, signedOut, type StoredRecord, type TokenRecord } from './record.ts'
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

/** The end; the failure is the store's. */
export interface Amended {
  readonly type: 'amended'
  readonly memory: Memory
  readonly failure?: Failure
}

export type AmendState = In<'reading'> | Amending | In<'waiting'> | In<'revoking'> | Amended

/** How long a store that fails is tried, in ms; who waits for it does so for 5,000. */
const PATIENCE_MS = 4_000
const PAUSE_MS = 250

const LOOKED = ['amending', 'amended'] as const
const FAILED = ['waiting', 'amended'] as const

const TRANSITIONS = {
  reading: { found: LOOKED, storeFailed: FAILED },
  amending: { swapped: ['revoking', 'amended'], refused: LOOKED, storeFailed: FAILED },
  waiting: { woke: ['reading'] },
  revoking: { revoked: ['amended'] },
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
): Step<Amending | Amended, KeeperEffect> {
  const { owner, change, memory } = state
  if (isThere(change, stored?.record, memory))
    return amended(stored ? remember(memory, stored.record, at) : memory)
  const before = newest(stored?.record, memory.record)
  const record =
    change.type === 'sign-in'
      ? signedIn(before, owner, change.lineage, change.grant, at.nowMs)
      : signedOut(before, owner, change.lineage, at.nowMs)
  const expected: Version | undefined = stored?.version
  return step({ ...readingOf(state), type: 'amending', before, record }, { type: 'swap', expected, record })
}

function isThere(change: Change, stored: TokenRecord | undefined, { record: known }: Memory): boolean {
  if (change.type === 'sign-out') return stored ? stored.status === 'signedOut' : !known
  if (stored?.lineage === change.lineage) return true
  return !!change.ifNew && !!stored && isSameImport(stored, change.grant)
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
  if (!stored || !known) return stored ?? known
  return known.gen > stored.gen ? { ...stored, gen: known.gen } : stored
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
    swapped({ before, record, memory, ...state }, at) {
      const { unsaved: _, backoff: __, ...kept } = memory
      const known = remember(kept, record, at)
      const event = { type: record.status === 'live' ? 'signed-in' : 'signed-out', ...record } as const
      const { type, gen, because } = event
      const tell: KeeperEvent = type === 'signed-in' ? { type, gen, because } : { type, because }
      if (type === 'signed-in' || !state.revoke || !before?.tokens.access_token) return amended(known, tell)
      return step(
        { ...readingOf({ ...state, memory: known }), type: 'revoking' },
        { type: 'revoke', tokens: before.tokens },
        tell,
      )
    },
    refused: (state, { current, ...at }) => amend(state, current, at),
    storeFailed,
  },
  waiting: {
    woke: state => step(readingOf(state), { type: 'read' }),
  },
  revoking: { revoked: ({ memory }) => amended(memory) },
}

/** A sign-in or sign-out over whatever is stored: swapped in, tried again until it holds. */
export function amending(): Machine<AmendState, KeeperMessage, KeeperEffect, Amendment> {
  return machine('amend', TRANSITIONS, plan => step(readingOf(plan), { type: 'read' }), handlers)
}
