// The protocol with one rule missing, for each rule: what goes wrong without it, and where.
import type { Flight } from '../../../src/keeper/flight.ts'
import type { KeeperState } from '../../../src/keeper/states.ts'
import type { TokenRecord } from '../../../src/keeper/record.ts'
import * as rules from '../../../src/keeper/rules.ts'
import { SAID } from './responses.ts'
import type { Configuration } from './layout.ts'
import type { Mutation, Program } from './process.ts'
import { NOW } from './time.ts'
import type { Verdict } from './verdicts.ts'

export interface Missing {
  readonly rule: string
  /** What it says. */
  readonly says: string
  readonly mutation: Mutation
  readonly configuration: Configuration
  /** What happens without it, and never with it. */
  readonly verdict: Verdict
}

const once: Program = { jobs: [{ request: {} }], knows: true }
const locked: Program = { ...once, lockScope: 'host' }
const notingRejection: Program = { ...once, jobs: [1, 2, 3].map(() => ({ request: { rejected: 'known' } })) }
const signingIn: Program = { jobs: [{ write: 'sign-in' }], knows: false }
const signingOut: Program = { jobs: [{ write: 'sign-out' }], knows: false }
const two = [once, once]

/** Locks are given back that were never asked for. */
const unlocked: NonNullable<Mutation['wrap']> = machine => ({
  ...machine,
  start(plan) {
    const { state, effects } = machine.start(plan)
    const { flight, ...rest } = state as { type: 'reading'; flight: Flight }
    return { state: { ...rest, flight: { ...flight, locked: true } } as KeeperState, effects }
  },
})

/** The store is given up before it is asked. */
const unsaved: NonNullable<Mutation['wrap']> = machine => ({
  ...machine,
  step(state, event) {
    const next = machine.step(state, event)
    if (next.state.type !== 'committing') return next
    const flight = { ...next.state.flight, unsavedSinceMs: NOW.monotonicMs - 5_000 }
    return machine.step({ ...next.state, flight }, { ...SAID.storeFailed.message, ...NOW })
  },
})

const isOld = ({ lease }: TokenRecord): boolean =>
  !!lease && lease.ttlMs > 0 && lease.startedAtMs + 2 * lease.ttlMs < NOW.nowMs

export const MISSING: readonly Missing[] = [
  {
    rule: 'lease',
    says: 'Before a refresh token is spent, a claim is swapped into the record; others wait for its end.',
    mutation: { rules: { withLease: (_, record) => record, mustRenewLease: () => false } },
    configuration: { policy: 'strict', programs: two, faults: {} },
    verdict: 'DUP',
  },
  {
    rule: 'lock before lease',
    says: 'Where the store has locks the lock comes first; a claim of that scope found under it is a dead one.',
    mutation: { wrap: unlocked },
    configuration: { policy: 'strict', programs: [locked, locked], faults: {} },
    verdict: 'DUP',
  },
  {
    rule: 'takeover: not too early',
    says: "Somebody else's claim is left alone until it has stood unchanged for its whole time.",
    mutation: {
      rules: {
        leaseStatus: (flight, record, at) =>
          rules.leaseStatus(flight, record, at) === 'free' ? 'free' : 'abandoned',
      },
    },
    configuration: { policy: 'single', programs: two, faults: {} },
    verdict: 'DUP',
  },
  {
    rule: 'takeover: by the own clock',
    says: 'How long a claim has stood is measured by the own monotonic clock, not by the instant written in it.',
    mutation: {
      rules: {
        leaseStatus: (flight, record, at) => {
          const standing = rules.leaseStatus(flight, record, at)
          return standing === 'live' && isOld(record) ? 'abandoned' : standing
        },
      },
    },
    // The wall clock of the first is 2 min behind.
    configuration: {
      policy: 'single',
      programs: [{ ...once, skewMs: -120_000 }, once],
      faults: {},
      remainingMs: -121_000,
    },
    verdict: 'DUP',
  },
  {
    rule: 'takeover: at last',
    says: 'A claim that has stood unchanged for its whole time is taken over.',
    mutation: {
      rules: {
        leaseStatus: (flight, record, at) =>
          rules.leaseStatus(flight, record, at) === 'free' ? 'free' : 'live',
      },
    },
    configuration: { policy: 'single', programs: two, faults: { crash: 1 } },
    verdict: 'LIVELOCK',
  },
  {
    rule: 'renewal',
    says: 'With little left of its claim, a process has it renewed before it sends.',
    mutation: { rules: { mustRenewLease: ({ id, leased }) => leased?.record.lease?.id !== id } },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 }, swift: true },
    verdict: 'DUP',
  },
  {
    rule: 'persist first',
    says: 'New tokens are stored before anybody gets them.',
    mutation: { wrap: unsaved },
    configuration: { policy: 'strict', programs: [once], faults: {} },
    verdict: 'UNSAVED',
  },
  {
    rule: 'family check',
    says: 'What was granted to one sign-in is stored over no other sign-in, nor over a sign-out.',
    mutation: {
      rules: {
        compareToBase: (base, stored) =>
          !stored || stored.generation <= base.generation ? 'behind' : 'ahead',
      },
    },
    configuration: { policy: 'strict', programs: [once, signingIn], faults: {} },
    verdict: 'CROSSED',
  },
  {
    rule: 'adoption',
    says: 'When a refresh token is refused the record is read again, and what is newer there is used.',
    mutation: { rules: { hasChanged: () => false } },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 } },
    verdict: 'LOGOUT',
  },
  {
    rule: 'settling',
    says: 'When a refresh token is refused that others may have spent, they get the time to store what they got.',
    mutation: { rules: { predecessorsDoneAtMs: () => 0 } },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 } },
    verdict: 'HASTY',
  },
  {
    rule: 'spare refresh tokens',
    says: 'A refresh token that lost the race to be stored is kept beside the one that won.',
    mutation: { rules: { withSpare: list => list } },
    configuration: { policy: 'grace-latest', programs: two, faults: { pause: 1 } },
    verdict: 'LOSTTOKEN',
  },
  {
    rule: 'provisional reauth',
    says: 'That a person must sign in again is overridden by a later success of the same generation.',
    mutation: {
      rules: {
        compareToBase: (base, stored) =>
          stored?.status === 'reauth' && stored.family === base.family
            ? 'ahead'
            : rules.compareToBase(base, stored),
      },
    },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 } },
    verdict: 'LOGOUT',
  },
  {
    rule: 'ending the lease',
    says: 'Every end of a refresh gives up its claim.',
    mutation: { rules: { withLeaseEnded: record => record } },
    configuration: { policy: 'single', programs: two, faults: { lostRequest: 1 } },
    verdict: 'LEASE-LEFT',
  },
  {
    rule: 'healing',
    says: 'A store that went back in time gets back what a process remembers.',
    mutation: { rules: { mustHeal: () => false } },
    configuration: { policy: 'single', programs: two, faults: { failover: 1 } },
    verdict: 'LOSTTOKEN',
  },
  {
    rule: "healing: a person's word",
    says: 'A remembered sign-out or sign-in is put back whatever came after the store lost it.',
    mutation: {
      rules: {
        mustHeal: ({ record: known }, stored) =>
          !!known && known.family === stored?.family && stored.generation < known.generation,
      },
    },
    configuration: { policy: 'strict', programs: [once, signingOut], faults: { failover: 1 } },
    verdict: 'RESURRECT',
  },
  {
    rule: 'noting rejections',
    says: 'That an API refused the access token of a generation is noted in the record, and counted.',
    mutation: { rules: { isNewRejection: () => false } },
    configuration: {
      policy: 'strict',
      programs: [notingRejection],
      faults: {},
      remainingMs: 3_000_000,
      refreshes: 2,
    },
    verdict: 'EXTRA',
  },
]
