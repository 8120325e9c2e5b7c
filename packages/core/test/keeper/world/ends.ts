// What is wrong with a world, wherever it came from.
import {
  ACKNOWLEDGED,
  BUDGET,
  DOWN,
  FLAGS,
  GOT,
  placeOf,
  PROCESS,
  SERVER,
  STORE,
  TOLD,
  type World,
} from './layout.ts'
import type { Model } from './model.ts'
import { bitsOfFamily } from './server.ts'
import type { Verdict } from './verdicts.ts'

/** Is a refresh token lost that reached somebody who lives? */
export function check(model: Model, world: World): readonly Verdict[] {
  const { faults } = model.configuration
  if (faults.failover || faults.flush) return []
  const stored = model.records.at(world[STORE]!)
  if (!stored || stored.status === 'signedOut') return []
  let got = 0
  let held = model.records.refreshTokens(world[STORE]!)
  for (const index of model.living(world)) {
    got |= world[placeOf(index) + GOT]!
    held |= model.processes.facts(world[placeOf(index) + PROCESS]!).unsaved
  }
  return got & ~held & bitsOfFamily(Number(stored.family[1])) ? ['LOSTTOKEN'] : []
}

/** What is wrong in the end, once everybody who lives has looked at the store once more. */
export function checkEnd(model: Model, world: World): readonly Verdict[] {
  const wrong: Verdict[] = []
  const after = world.slice()
  after[DOWN] = after[BUDGET] = 0
  const acknowledged = new Set<string>()
  model.configuration.programs.forEach(({ jobs }, index) => {
    if (after[placeOf(index) + FLAGS]! & ACKNOWLEDGED)
      for (const job of jobs) if ('write' in job) acknowledged.add(job.write)
  })
  let got = 0
  let toldToSignIn = false
  for (const index of model.living(after)) {
    const at = placeOf(index)
    model.enter(after, index, model.processes.look(after[at + PROCESS]!, index), wrong)
    while (!model.isResting(after, index)) model.perform(after, index, wrong)
    got |= after[at + GOT]!
    toldToSignIn ||= (after[at + FLAGS]! & TOLD) !== 0
  }
  const stored = model.records.at(after[STORE]!)
  if (!stored) return [...wrong, 'LOGOUT']
  const family = Number(stored.family[1])
  const server = after[SERVER]!
  const { programs } = model.configuration
  const out = programs.some(({ jobs }) => jobs.some(job => 'write' in job && job.write === 'sign-out'))
  const inside = programs.some(({ jobs }) => jobs.some(job => 'write' in job && job.write !== 'sign-out'))
  if (acknowledged.has('sign-in') && !out && family !== 1) wrong.push('CROSSED')
  if (acknowledged.has('sign-out') && !inside && stored.status !== 'signedOut') wrong.push('RESURRECT')
  if (stored.status === 'signedOut')
    return model.server.accepted(server, family).length > 0 ? [...wrong, 'ORPHAN'] : wrong

  const accepts = (bits: number): boolean =>
    model.server.accepted(server, family).some(bit => (bits >> bit) & 1)
  const kept = model.records.refreshTokens(after[STORE]!)
  // Who was told before somebody else signed in was told the truth.
  if ((stored.status === 'live' || stored.inDoubt) && accepts(kept))
    return toldToSignIn && family === 0 ? [...wrong, 'FLICKER'] : wrong
  wrong.push('LOGOUT')
  const over = model.server.over(server, family)
  if (over === 'revoked') wrong.push('REVOKED')
  if (over === undefined && accepts((got & model.freshBits(server)) | kept)) wrong.push('LOSTTOKEN')
  return wrong
}
