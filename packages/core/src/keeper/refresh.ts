// The refresh protocol (docs/explanation/guarantees.md): from "a caller needs an access token" to one that works, or to why there is
// none, with one request to the authorization server however many callers wait. The tests explore this machine.
import { machine, type Machine } from '../machine/machine.ts'
import { deciding } from './deciding.ts'
import type { FlightPlan } from './flight.ts'
import * as allRules from './rules.ts'
import { sending } from './sending.ts'
import type { KeeperEffect, KeeperMessage, KeeperState } from './states.ts'
import { done, read, readToCommit, type Rules } from './steps.ts'
import { storing } from './storing.ts'
import type { REFRESH } from './transitions.ts'

/** Returns the machine with `rules`; tests take rules away. */
export function refreshMachine(
  rules: Rules = allRules,
): Machine<KeeperState, KeeperMessage, KeeperEffect, FlightPlan> {
  return machine<KeeperState, KeeperMessage, KeeperEffect, FlightPlan, typeof REFRESH>(
    'refresh',
    plan => {
      const { unsaved } = plan.memory
      return unsaved ? readToCommit({ ...plan, granted: unsaved, fromEarlierFlight: true }) : read(plan)
    },
    {
      ...deciding(rules),
      ...sending(rules),
      ...storing(rules),
      unlocking: { unlocked: ({ memory, result, events }) => done(memory, result, events) },
    },
  )
}
