// The protocol with one rule missing, for each rule: what goes wrong without it, and where.
import type { Flight, KeeperEffect, KeeperMessage, KeeperState } from '../../../src/keeper/flight.ts'
import * as rules from '../../../src/keeper/rules.ts'
import type { Mutation, Program } from './process.ts'
import type { Verdict } from './verdicts.ts'
import type { Configuration } from './layout.ts'

export interface Missing {
  readonly rule: string
  /** What it says. */
  readonly says: string
  readonly mutation: Mutation
  readonly configuration: Configuration
  /** What happens without it, and never with it. */
  readonly verdict: Verdict
}

const once: Program = { jobs: [{ want: {} }], knows: true }
const twice: Program = { jobs: [{ want: {} }, { want: {}, whenExpired: true }], knows: true }
const locked: Program = { ...once, lockScope: 'host' }
const refused: Program = { jobs: [{ want: { rejected: 'known' } }], knows: true }
const signOut: Program = { jobs: [{ amend: 'sign-out' }], knows: false }
const signIn: Program = { jobs: [{ amend: 'sign-in' }], knows: false }
const two = [once, once]

/** The machine with another step; `step` is the shipped one. */
function stepping(
  change: (next: ReturnType<Step>, step: Step, before: KeeperState, event: KeeperMessage) => ReturnType<Step>,
): Mutation {
  return {
    wrap: machine => ({
      ...machine,
      step: (state, event) => change(machine.step(state, event), machine.step, state, event),
    }),
  }
}
type Step = (
  state: KeeperState,
  event: KeeperMessage,
) => { state: KeeperState; effects: readonly KeeperEffect[] }

export const MISSING: readonly Missing[] = [
  {
    rule: 'claim',
    says: 'Before a refresh token is spent, a claim is swapped into the record.',
    mutation: { rules: { claimed: (_, record) => record, mustRenew: () => false } },
    configuration: { policy: 'strict', programs: two, faults: {} },
    verdict: 'DUP',
  },
  {
    rule: 'lock before claim',
    says: 'Where the store has locks, the lock comes first; a foreign claim found under it is a dead one.',
    mutation: {
      wrap: machine => ({
        ...machine,
        start: plan => {
          const step = machine.start(plan)
          const state = step.state as { flight: Flight }
          return { ...step, state: { ...state, flight: { ...state.flight, locked: true } } as KeeperState }
        },
      }),
    },
    configuration: { policy: 'strict', programs: [locked, locked], faults: {} },
    verdict: 'DUP',
  },
  {
    rule: 'lineage check',
    says: 'What was granted to one sign-in is never stored over another, nor over a sign-out.',
    mutation: {
      rules: {
        standing: (base, stored) => (!stored || stored.gen <= base.gen ? 'behind' : 'ahead'),
      },
    },
    configuration: { policy: 'strict', programs: [once, signIn], faults: {} },
    verdict: 'CROSSED',
  },
  {
    rule: 'adoption',
    says: 'After a refusal the record is read again, and what is newer is used.',
    mutation: { rules: { hasMovedOn: () => false } },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 } },
    verdict: 'LOGOUT',
  },
  {
    rule: 'alternates',
    says: 'A refresh token that lost the race to be stored is kept beside the one that won.',
    mutation: { rules: { withAlternate: list => list } },
    configuration: { policy: 'grace-latest', programs: two, faults: { pause: 1 } },
    verdict: 'LOSTTOKEN',
  },
  {
    rule: 'healing',
    says: 'A store that went back in time gets back what a process remembers.',
    mutation: { rules: { mustHeal: () => false } },
    configuration: { policy: 'single', programs: two, faults: { failover: 1 } },
    verdict: 'LOSTTOKEN',
  },
  {
    rule: 'provisional reauth',
    says: 'That a person must sign in again is overridden by a later success of the same generation.',
    mutation: {
      rules: {
        standing: (base, stored) =>
          stored?.status === 'reauth' && stored.lineage === base.lineage
            ? 'ahead'
            : rules.standing(base, stored),
      },
    },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 } },
    verdict: 'LOGOUT',
  },
  {
    rule: 'clearing the claim',
    says: 'Every end of a refresh gives up its claim.',
    mutation: { rules: { unclaimed: record => record } },
    configuration: { policy: 'single', programs: two, faults: { lostRequest: 1 } },
    verdict: 'CLAIM-LEFT',
  },
  {
    rule: 'takeover: not too early',
    says: "Somebody else's claim is left alone until it has not changed for its whole time.",
    mutation: {
      rules: {
        claimStanding: (flight, record, at) =>
          rules.claimStanding(flight, record, at) === 'free' ? 'free' : 'dead',
      },
    },
    configuration: { policy: 'single', programs: two, faults: {} },
    verdict: 'DUP',
  },
  {
    rule: 'takeover: at last',
    says: 'A claim that has not changed for its whole time is taken over.',
    mutation: {
      rules: {
        claimStanding: (flight, record, at) =>
          rules.claimStanding(flight, record, at) === 'free' ? 'free' : 'live',
      },
    },
    configuration: { policy: 'single', programs: two, faults: { crash: 1 } },
    verdict: 'LIVELOCK',
  },
  {
    rule: 'renewal',
    says: 'With little of its claim left, a process renews it before it sends.',
    mutation: { rules: { mustRenew: ({ id, claimed }) => claimed?.record.claim?.id !== id } },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 }, swift: true },
    verdict: 'DUP',
  },
  {
    rule: 'settling',
    says: 'After a refusal the answer to a predecessor is waited for.',
    mutation: { rules: { settledAtMs: () => 0 } },
    configuration: { policy: 'single', programs: two, faults: { pause: 1 } },
    verdict: 'HASTY',
  },
  {
    rule: 'noting rejections',
    says: 'That an API refused the access token of a generation is noted in the record, and counted.',
    mutation: { rules: { isNewRejection: () => false } },
    configuration: {
      policy: 'strict',
      programs: [{ ...refused, jobs: [...refused.jobs, ...refused.jobs, ...refused.jobs] }],
      faults: {},
      leftMs: 3_000_000,
      refreshes: 2,
    },
    verdict: 'EXTRA',
  },
  {
    rule: 'persist first',
    says: 'New tokens are stored before anybody gets them.',
    mutation: stepping((next, step, _, event) =>
      next.state.type === 'committing'
        ? step(
            { ...next.state, flight: { ...next.state.flight, unsavedSinceMs: event.monotonicMs - 5_000 } },
            {
              type: 'storeFailed',
              failure: { code: 'store_unavailable', message: 'm' },
              nowMs: event.nowMs,
              monotonicMs: event.monotonicMs,
            },
          )
        : next,
    ),
    configuration: { policy: 'strict', programs: [once], faults: {} },
    verdict: 'UNSAVED',
  },
]
void twice
void signOut
