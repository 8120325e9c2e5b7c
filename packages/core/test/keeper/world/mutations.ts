// For each rule: the protocol without it, and a configuration in which that goes wrong.
import type { Flight } from '../../../src/keeper/flight.ts'
import type { KeeperState } from '../../../src/keeper/states.ts'
import type { TokenRecord } from '../../../src/keeper/record.ts'
import * as rules from '../../../src/keeper/rules.ts'
import { RESULTS } from './responses.ts'
import type { Configuration } from './layout.ts'
import type { Mutation, Program } from './process.ts'
import { NOW } from './time.ts'
import type { Verdict } from './verdicts.ts'

export interface Missing {
  readonly rule: string
  /** What the rule requires. */
  readonly description: string
  readonly mutation: Mutation
  readonly configuration: Configuration
  /** What happens only without it. */
  readonly verdict: Verdict
}

const once: Program = { jobs: [{ request: {} }], remembers: true }
const locked: Program = { ...once, lockScope: 'host' }
const rejecting: Program = { ...once, jobs: [1, 2, 3, 4, 5].map(() => ({ request: { rejected: 'known' } })) }
const signingIn: Program = { jobs: [{ write: 'sign-in' }], remembers: false }
const signingOut: Program = { jobs: [{ write: 'sign-out' }], remembers: false }
const two = [once, once]
const again = { request: {}, whenAllowed: true } as const
const persistent: Program = { ...once, jobs: [{ request: {} }, again, again, again] }

const rejections: Configuration = {
  policy: 'strict',
  programs: [rejecting],
  faults: {},
  remainingMs: 3_000_000,
  refreshes: 3,
}

/** Starts a flight that believes to have the lock. */
const unlocked: NonNullable<Mutation['wrap']> = machine => ({
  ...machine,
  start(plan) {
    const { state, effects } = machine.start(plan)
    const { flight, ...rest } = state as { type: 'reading'; flight: Flight }
    return { state: { ...rest, flight: { ...flight, locked: true } } as KeeperState, effects }
  },
})

/** Stops retrying the store before the first write. */
const unsaved: NonNullable<Mutation['wrap']> = machine => ({
  ...machine,
  step(state, event) {
    const next = machine.step(state, event)
    if (next.state.type !== 'committing') return next
    const flight = { ...next.state.flight, unsavedSinceMs: NOW.monotonicMs - 5_000 }
    return machine.step({ ...next.state, flight }, { ...RESULTS.storeFailed.message, ...NOW })
  },
})

/** Takes a late response for a lost one. */
const impatient: NonNullable<Mutation['wrap']> = machine => ({
  ...machine,
  step: (state, event) =>
    machine.step(state, event.type === 'pending' ? { ...RESULTS.indeterminate.message, ...NOW } : event),
})

const isOld = ({ lease }: TokenRecord): boolean =>
  !!lease && lease.ttlMs > 0 && lease.startedAtMs + 2 * lease.ttlMs < NOW.nowMs

export const MISSING: readonly Missing[] = [
  {
    rule: 'lease',
    description:
      'Before a process uses a refresh token, it swaps a lease into the record. Others wait until the lease ends.',
    mutation: { rules: { withLease: (_, record) => record, mustRenewLease: () => false } },
    configuration: { policy: 'strict', programs: two, faults: {} },
    verdict: 'DUP',
  },
  {
    rule: 'lock before lease',
    description:
      'A process acquires the lock of the store first. A lease of the same lock scope that it then finds is abandoned.',
    mutation: { wrap: unlocked },
    configuration: { policy: 'strict', programs: [locked, locked], faults: {} },
    verdict: 'DUP',
  },
  {
    rule: 'takeover: not too early',
    description: "A process leaves another's lease alone until it has not changed for as long as it lasts.",
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
    description:
      'A process measures the age of a lease by its own monotonic clock, not by the instant written in the lease.',
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
    description: 'A process takes over a lease that has not changed for as long as it lasts.',
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
    description: 'A process with little left of its lease renews it before it sends.',
    mutation: { rules: { mustRenewLease: ({ id, leased }) => leased?.record.lease?.id !== id } },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 }, swift: true },
    verdict: 'DUP',
  },
  {
    rule: 'keeping the lease',
    description: 'A process extends its lease while it waits for a server that takes long.',
    mutation: { rules: { withLeaseRenewed: (_, record) => record } },
    configuration: { policy: 'single', programs: two, faults: { slow: 3 } },
    verdict: 'DUP',
  },
  {
    rule: 'late responses',
    description:
      'A request is not given up while its response may still come: nothing is sent before it has ended.',
    mutation: { wrap: impatient },
    configuration: { policy: 'strict', programs: [locked, locked], faults: { slow: 1 } },
    verdict: 'DUP',
  },
  {
    rule: 'persist first',
    description: 'New tokens are stored before any caller gets them.',
    mutation: { wrap: unsaved },
    configuration: { policy: 'strict', programs: [once], faults: {} },
    verdict: 'UNSAVED',
  },
  {
    rule: 'family check',
    description:
      'Tokens that were granted to one sign-in are not stored over another sign-in or over a sign-out.',
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
    description:
      'When the server rejects a refresh token, the record is read again, and newer tokens there are used.',
    mutation: { rules: { hasChanged: () => false } },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 } },
    verdict: 'LOGOUT',
  },
  {
    rule: 'settling',
    description:
      'When the server rejects a refresh token that another process may have used, that process gets time to store its tokens.',
    mutation: { rules: { predecessorsDoneAtMs: () => 0 } },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 } },
    verdict: 'HASTY',
  },
  {
    rule: 'spare refresh tokens',
    description: 'A refresh token that lost the race to be stored is kept as a spare.',
    mutation: { rules: { withSpare: list => list } },
    configuration: { policy: 'grace-latest', programs: two, faults: { pause: 1 } },
    verdict: 'LOSTTOKEN',
  },
  {
    rule: 'provisional reauth',
    description: 'A later success of the same generation overrides that the user must sign in again.',
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
    description: 'Every refresh ends its lease.',
    mutation: { rules: { withLeaseEnded: record => record } },
    configuration: { policy: 'single', programs: two, faults: { lostRequest: 1 } },
    verdict: 'LEASE-LEFT',
  },
  {
    rule: 'healing',
    description: 'A store that lost writes gets back what a process remembers.',
    mutation: { rules: { mustHeal: () => false } },
    configuration: { policy: 'single', programs: two, faults: { failover: 1 } },
    verdict: 'LOSTTOKEN',
  },
  {
    rule: 'healing: sign-ins and sign-outs',
    description:
      'A remembered sign-out or sign-in is written back over whatever came after the store lost it.',
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
    description: 'The record notes that an API rejected the access token of a generation.',
    mutation: { rules: { isNewRejection: () => false } },
    configuration: rejections,
    verdict: 'EXTRA',
  },
  {
    rule: 'leaky bucket',
    description: 'Rejections by an API lead to three refreshes at once, and to one more every 210 s.',
    mutation: {
      rules: {
        withRejection: (record, at) => ({
          ...rules.withRejection(record, at),
          rejections: { level: 1, atMs: 0 },
        }),
      },
    },
    configuration: rejections,
    verdict: 'EXTRA',
  },
  {
    rule: 'counting refusals',
    description:
      'The user must sign in again only after three refusals with words in them, over at least 10 minutes.',
    mutation: { rules: { isEnough: () => true } },
    configuration: { policy: 'none', programs: two, faults: { refused: 1 } },
    verdict: 'DOUBT',
  },
  {
    rule: 'firewalls',
    description: 'A response without words, such as the page of a firewall, does not count for a day.',
    mutation: {
      rules: { withRefusal: (record, _, ...rest) => rules.withRefusal(record, 'refused', ...rest) },
    },
    configuration: { policy: 'none', programs: [persistent], faults: { firewall: 3 } },
    verdict: 'DOUBT',
  },
  {
    rule: 'schedule of refusals',
    description: 'After a refusal no process sends a refresh before the instant that the record names.',
    mutation: {
      rules: {
        blockNow: () => undefined,
        nextBackoff: (_, failure) => ({ failure, failures: 1, untilMonotonicMs: 0 }),
      },
    },
    configuration: { policy: 'none', programs: [once, once], faults: { refused: 1 } },
    verdict: 'RUSH',
  },
  {
    rule: 'working access tokens',
    description: 'A refusal of an early refresh does not cost an access token that still works.',
    mutation: { rules: { worksUntilMs: () => undefined } },
    configuration: {
      policy: 'single',
      programs: [{ ...once, jobs: [{ request: { early: true } }] }],
      faults: { lostResponse: 1 },
      remainingMs: 200_000,
    },
    verdict: 'COST',
  },
  {
    rule: 'identity',
    description: 'Tokens of another account are not kept.',
    mutation: { rules: { isSameIdentity: () => true } },
    configuration: { policy: 'none', programs: [once], faults: { stranger: 1 } },
    verdict: 'CROSSED',
  },
]
