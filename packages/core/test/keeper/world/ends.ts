// What is wrong with a world, whatever led to it.
import {
  ACKNOWLEDGED,
  BUDGET,
  DOWN,
  FLAGS,
  RECEIVED,
  placeOf,
  PROCESS,
  SERVER,
  STORE,
  REAUTH_REPORTED,
  type World,
} from './layout.ts'
import type { Model } from './model.ts'
import { bitsOfFamily } from './server.ts'
import type { Verdict } from './verdicts.ts'

/** Is a refresh token lost that reached a running process? */
export function check(model: Model, world: World): readonly Verdict[] {
  const { faults } = model.configuration
  if (faults.failover || faults.flush) return []
  const stored = model.records.at(world[STORE]!)
  if (!stored || stored.status === 'signedOut') return []
  let received = 0
  let present = model.records.refreshTokens(world[STORE]!)
  for (const index of model.running(world)) {
    received |= world[placeOf(index) + RECEIVED]!
    present |= model.processes.facts(world[placeOf(index) + PROCESS]!).unsaved
  }
  return received & ~present & bitsOfFamily(Number(stored.family[1])) ? ['LOSTTOKEN'] : []
}

/** Returns what is wrong in the end, after every running process has read the store once more. */
export function checkEnd(model: Model, world: World): readonly Verdict[] {
  const wrong: Verdict[] = []
  const after = world.slice()
  after[DOWN] = after[BUDGET] = 0
  const acknowledged = new Set<string>()
  model.configuration.programs.forEach(({ jobs }, index) => {
    if (after[placeOf(index) + FLAGS]! & ACKNOWLEDGED)
      for (const job of jobs) if ('write' in job) acknowledged.add(job.write)
  })
  let received = 0
  let isReported = false
  for (const index of model.running(after)) {
    const at = placeOf(index)
    model.enter(after, index, model.processes.lastRead(after[at + PROCESS]!, index), wrong)
    while (!model.isResting(after, index)) model.perform(after, index, wrong)
    received |= after[at + RECEIVED]!
    isReported ||= (after[at + FLAGS]! & REAUTH_REPORTED) !== 0
  }
  const stored = model.records.at(after[STORE]!)
  if (!stored) return [...wrong, 'LOGOUT']
  const family = Number(stored.family[1])
  const server = after[SERVER]!
  const { programs } = model.configuration
  const signsOut = programs.some(({ jobs }) => jobs.some(job => 'write' in job && job.write === 'sign-out'))
  const signsIn = programs.some(({ jobs }) => jobs.some(job => 'write' in job && job.write !== 'sign-out'))
  if (acknowledged.has('sign-in') && !signsOut && family !== 1) wrong.push('CROSSED')
  if (acknowledged.has('sign-out') && !signsIn && stored.status !== 'signedOut') wrong.push('RESURRECT')
  if (stored.status === 'signedOut')
    return model.server.accepted(server, family).length > 0 ? [...wrong, 'ORPHAN'] : wrong

  const accepts = (bits: number): boolean =>
    model.server.accepted(server, family).some(bit => (bits >> bit) & 1)
  const storedTokens = model.records.refreshTokens(after[STORE]!)
  // Before another sign-in the error was right.
  if ((stored.status === 'live' || stored.inDoubt) && accepts(storedTokens))
    return isReported && family === 0 ? [...wrong, 'FLICKER'] : wrong
  wrong.push('LOGOUT')
  const over = model.server.over(server, family)
  if (over === 'revoked') wrong.push('REVOKED')
  if (over === undefined && accepts((received & model.freshBits(server)) | storedTokens))
    wrong.push('LOSTTOKEN')
  return wrong
}
