// The state behind a frame: the world that the tests explore, that of the naive client, and what the view shows besides.
import {
  CRASHED,
  DOWN,
  FLAGS,
  LOCKS,
  PAUSED,
  placeOf,
  PROCESS,
  SERVER,
  STORE,
  type World,
} from '../../packages/core/test/keeper/world/layout.ts'
import type { Model } from '../../packages/core/test/keeper/world/model.ts'
import type { Frame, Happening, Look } from './frame.ts'
import { seenNaive, shownOf } from './looks.ts'
import type { Naive, NaiveModel } from './naive.ts'

export interface State {
  readonly world: World
  readonly naive: Naive
  readonly random: number
  readonly requests: number
  readonly dropsLatchkey: boolean
  readonly dropsNaive: boolean
  readonly calls: readonly { readonly calls: number; readonly failed: number; readonly error?: string }[]
  readonly clockMs: number
  readonly passedMs: number
  readonly happened: { readonly latchkey?: Happening; readonly naive?: Happening }
  readonly isStill: boolean
}

/** Returns what a state looks like. */
export function frameOf(state: State, model: Model, naiveModel: NaiveModel): Frame {
  const { world, naive } = state
  const record = model.records.at(world[STORE]!)
  const family = model.server.accepted(world[SERVER]!, 0)
  const isLive = record?.status === 'live'
  return {
    latchkey: {
      processes: state.calls.map((calls, index) => ({
        ...seen(model, world, index, calls.error),
        ...calls,
      })),
      requests: state.requests,
      signedOut: !isLive || family.length === 0,
      happened: state.happened.latchkey,
    },
    naive: {
      processes: naive.processes.map(one => ({ ...seenNaive(one), calls: one.calls, failed: one.failed })),
      requests: naive.requests,
      signedOut: naiveModel.isSignedOut(naive),
      happened: state.happened.naive,
    },
    record,
    lockHolders: [LOCKS, LOCKS + 1].flatMap(at => (world[at]! > 0 ? [world[at]! - 1] : [])),
    storeFails: world[DOWN] === 1,
    drops: state.dropsLatchkey || state.dropsNaive,
    clockMs: state.clockMs,
    passedMs: state.passedMs,
    isStill: state.isStill,
  }
}

function seen(
  model: Model,
  world: World,
  index: number,
  error: string | undefined,
): { look: Look; text: string } {
  const at = placeOf(index)
  const flags = world[at + FLAGS]!
  if (flags & CRASHED) return { look: 'killed', text: 'killed' }
  const { effect, state } = model.processes.facts(world[at + PROCESS]!)
  const [look, text] = shownOf(state, effect?.type)
  if (flags & PAUSED) return { look: 'paused', text: `paused: ${text}` }
  return effect || error === undefined ? { look, text } : { look: 'failed', text: `error: ${error}` }
}
