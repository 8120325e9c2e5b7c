// How processes look, and what happens, in words.
import type { TokenRecord } from '../../packages/core/src/keeper/record.ts'
import { NOW } from '../../packages/core/test/keeper/world/time.ts'
import type { Frame, Look } from './frame.ts'
import type { Naive } from './naive.ts'
import type { Action } from './story.ts'

type Shown = readonly [Look, string]
const RESTING: Shown = ['resting', 'has a token']

/** How a process looks while an effect is performed. */
const LOOK_OF_EFFECT: Readonly<Record<string, Shown>> = {
  read: ['reading', 'reads the record'],
  lock: ['waiting', 'waits for the lock'],
  wait: ['waiting', 'waits'],
  swap: ['writing', 'writes the record'],
  confirm: ['writing', 'asks whether its write will last'],
  refresh: ['sending', 'refreshes'],
  await: ['sending', 'refreshes'],
  revoke: ['sending', 'revokes tokens'],
  unlock: ['writing', 'releases the lock'],
}

/** More exactly, in some states of the machine. */
const LOOKS: Readonly<Record<string, Shown>> = {
  waitingForLease: ['waiting', 'waits for the lease'],
  leasing: ['writing', 'writes the lease'],
  renewingLease: ['writing', 'extends its lease'],
  keepingLease: ['writing', 'extends its lease'],
  endingLease: ['writing', 'ends its lease'],
  committing: ['writing', 'writes the new tokens'],
  requiringReauth: ['writing', 'writes that the user must sign in'],
  waitingToSend: ['waiting', 'waits to send again'],
  waitingToCommit: ['waiting', 'waits for the store'],
}

/** Returns how a process looks in a state of the machine whose effect is being performed; at rest there is none. */
export function shownOf(state: string | undefined, effect: string | undefined): Shown {
  return effect === undefined ? RESTING : (LOOKS[state ?? ''] ?? LOOK_OF_EFFECT[effect] ?? RESTING)
}

const NAIVE: Readonly<Record<string, Shown>> = {
  idle: RESTING,
  read: ['reading', 'has read an expired token'],
  sent: ['sending', 'refreshes'],
  received: ['writing', 'has new tokens to write'],
}

/** Returns how a process of the naive client looks. */
export function seenNaive({ phase, killed, paused, error }: Naive['processes'][number]): {
  look: Look
  text: string
} {
  const [look, text] = NAIVE[phase]!
  if (killed) return { look: 'killed', text: 'killed' }
  if (paused) return { look: 'paused', text: `paused: ${text}` }
  return phase === 'idle' && error !== undefined
    ? { look: 'failed', text: `error: ${error}` }
    : { look, text }
}

/** Names a process: A to H. */
export function nameOf(process: number): string {
  return String.fromCharCode(65 + process)
}

/** Returns what a move does, with the names of processes and in the words of {@link LOOKS}. */
export function named(label: string): string {
  return label
    .replace(/\bp(\d)\b/g, (_, digit: string) => nameOf(Number(digit)))
    .replace(/writes \((\w+)\)/, (all, state: string) => LOOKS[state]?.[1] ?? all)
    .replace(/cannot write \(\w+\)/, 'cannot write: the store failed')
    .replace(/conflicts \(\w+\)/, 'is too late: the record has changed')
}

/** Returns what an action of the visitor does, in words. */
export function wordsOf(action: Action): string {
  const verbs = {
    kill: 'is killed',
    pause: 'is paused',
    resume: 'goes on',
    drop: 'The next response will be lost',
    fail: 'The store can no longer be written',
    repair: 'The store can be written again',
    step: '',
  }
  return 'process' in action ? `${nameOf(action.process)} ${verbs[action.type]}` : verbs[action.type]
}

/** Returns a duration in words: `60 s`, `59 min`. */
export function durationOf(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`
}

/** Returns the process that has the lease of a record. */
export function leaseOwner(record: TokenRecord | undefined): number | undefined {
  return record?.lease && Number(record.lease.id[1])
}

/** Returns a record in words, and who has its lock. */
export function wordsOfRecord({ record, lockHolders }: Frame): string {
  if (!record) return 'none'
  const leftMs = leaseLeftMs(record)
  return [
    `generation ${record.generation}`,
    `refresh token ${record.tokens.refresh_token}`,
    leftMs > 0 ? `lease of ${nameOf(leaseOwner(record)!)}, ${durationOf(leftMs)} left` : 'no lease',
    ...(lockHolders.length > 0 ? [`lock of ${lockHolders.map(nameOf).join(' and ')}`] : []),
    ...(record.status === 'live' ? [] : [record.status]),
  ].join(', ')
}

/** Returns how many ms of a lease are left. */
export function leaseLeftMs(record: TokenRecord | undefined): number {
  const { startedAtMs = 0, ttlMs = 0 } = record?.lease ?? {}
  return ttlMs > 0 ? Math.max(0, startedAtMs + ttlMs - NOW.nowMs) : 0
}
