// Eight processes that run the shipped machines, in the world that the tests explore, and eight that run the naive client. A
// frame is what both look like after a number of actions; the same story always has the same frames.
import {
  CRASHED,
  DOWN,
  FLAGS,
  JOB,
  LOCKS,
  PAUSED,
  PHASE,
  placeOf,
  PROCESS,
  RESPONDED,
  SERVER,
  STORE,
  type World,
} from '../../packages/core/test/keeper/world/layout.ts'
import { STORES } from '../../packages/core/test/keeper/world/configurations.ts'
import { Model } from '../../packages/core/test/keeper/world/model.ts'
import { type Move, movesOf } from '../../packages/core/test/keeper/world/moves.ts'
import type { Job } from '../../packages/core/test/keeper/world/process.ts'
import { ROOM } from '../../packages/core/test/keeper/world/server.ts'
import type { Frame, Happening, Look } from './frame.ts'
import { durationOf, named, nameOf, seenNaive, shownOf, wordsOf } from './looks.ts'
import { type Naive, NaiveModel } from './naive.ts'
import { type Action, PROCESSES, type Setting } from './story.ts'

/** How often each process needs a new token. */
const EXPIRIES = 4
/** How long the access token works at first, in ms. */
const FIRST_LEFT_MS = 60_000

/** The state behind a frame. */
interface State {
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

/** Plays stories of one setting. It remembers every frame, so that a rewind costs nothing. */
export class Engine {
  readonly #model: Model
  readonly #naive: NaiveModel
  readonly #states: State[]
  readonly #frames: Frame[] = []
  #actions: readonly Action[] = []

  constructor({ policy, store, seed }: Setting) {
    const jobs: Job[] = Array.from({ length: EXPIRIES }, () => ({
      request: {},
      whenExpired: true,
      whenAllowed: true,
    }))
    const programs = Array.from({ length: PROCESSES }, (_, index) => ({
      jobs,
      remembers: true,
      ...STORES[store](index),
    }))
    // A process can pause before it sends; the visitor does everything else that goes wrong.
    const faults = { pause: 1 }
    this.#model = new Model({ policy, programs, faults, remainingMs: FIRST_LEFT_MS })
    this.#naive = new NaiveModel(policy, EXPIRIES)
    this.#states = [
      {
        world: this.#model.start,
        naive: this.#naive.start(FIRST_LEFT_MS),
        random: seed >>> 0,
        requests: 0,
        dropsLatchkey: false,
        dropsNaive: false,
        calls: programs.map(() => ({ calls: 0, failed: 0 })),
        clockMs: 0,
        passedMs: 0,
        happened: {},
        isStill: false,
      },
    ]
  }

  /** Returns a frame for each number of actions: the first is the start. */
  play(actions: readonly Action[]): Frame[] {
    let same = 0
    while (same < actions.length && actions[same] === this.#actions[same]) same++
    this.#states.length = same + 1
    this.#frames.length = Math.min(this.#frames.length, same + 1)
    for (const action of actions.slice(same)) this.#states.push(this.#after(this.#states.at(-1)!, action))
    this.#actions = actions
    for (const state of this.#states.slice(this.#frames.length)) this.#frames.push(this.#frameOf(state))
    return this.#frames.slice()
  }

  #after(state: State, action: Action): State {
    return action.type === 'step' ? this.#step(state) : this.#disturbed(state, action)
  }

  /** Applies an action of the visitor to both worlds. */
  #disturbed(before: State, action: Action): State {
    const world = before.world.slice()
    const state = {
      ...before,
      naive: this.#naive.apply(before.naive, action),
      passedMs: 0,
      isStill: false,
      happened: both(wordsOf(action)),
    }
    if (action.type === 'drop') return { ...state, dropsLatchkey: true, dropsNaive: true }
    if (action.type === 'fail' || action.type === 'repair') world[DOWN] = action.type === 'fail' ? 1 : 0
    if ('process' in action) {
      const flags = placeOf(action.process) + FLAGS
      if (world[flags]! & CRASHED) return { ...before, passedMs: 0, happened: {} }
      if (action.type === 'kill') this.#model.crash(world, action.process)
      if (action.type === 'pause') world[flags]! |= PAUSED
      if (action.type === 'resume') world[flags]! &= ~PAUSED
    }
    return { ...state, world }
  }

  /** Lets each side do one thing. Time passes if neither can. */
  #step(before: State): State {
    const random = next(before.random)
    const [move, timeMs] = this.#choose(before, random)
    const naive = this.#naive.steps(before.naive, {
      storeFails: before.world[DOWN] === 1,
      drops: before.dropsNaive,
    })
    let state: State = { ...before, random, passedMs: 0, happened: {} }
    if (!move && naive.length === 0)
      return this.#passed(state, Math.min(timeMs, this.#naive.untilMs(state.naive)))
    if (move) state = this.#moved(state, move)
    if (naive.length > 0) {
      const { after, label, process } = naive[random % naive.length]!()
      const text = `${nameOf(process)} ${label}`
      const isDropped = before.dropsNaive && after.requests > before.naive.requests
      state = {
        ...state,
        naive: after,
        dropsNaive: before.dropsNaive && !isDropped,
        happened: { ...state.happened, naive: { text, process } },
      }
    }
    return state
  }

  /** Returns the next move of Latchkey's world, if one is possible now, and else in how many ms one will be. */
  #choose({ world }: State, random: number): [move: Move | undefined, timeMs: number] {
    if (this.#model.server.granted(world[SERVER]!, 0) >= ROOM) return [undefined, Infinity]
    const moves = movesOf(this.#model, world)
    // What happens in a process is quicker than a request.
    for (const kinds of [['process'], ['server', 'late']]) {
      const possible = moves.filter(
        ({ kind, label }) => kinds.includes(kind) && !this.#isPausedAtRest(world, label),
      )
      if (possible.length > 0) return [possible[random % possible.length], 0]
    }
    return [undefined, moves.find(({ kind }) => kind === 'time')?.ms ?? Infinity]
  }

  /** The explorer's processes pause only while they work. */
  #isPausedAtRest(world: World, label: string): boolean {
    const index = Number(/^p(\d) /.exec(label)?.[1] ?? NaN)
    return (world[placeOf(index) + FLAGS]! & PAUSED) !== 0
  }

  #moved(state: State, move: Move): State {
    const { world: before } = state
    const world = move.world.slice()
    const isServed = move.kind !== 'process'
    let text = named(move.label)
    let isDropped = false
    for (let index = 0; index < PROCESSES; index++) {
      const phase = placeOf(index) + PHASE
      if (!isServed || !state.dropsLatchkey || world[phase] !== RESPONDED || before[phase] === RESPONDED)
        continue
      this.#model.silence(world, index)
      isDropped = true
      text = `the response to ${nameOf(index)} is lost`
    }
    const code = move.wrong.find(one => one.startsWith('FAILED:'))?.slice('FAILED:'.length)
    const calls = state.calls.map((one, index) => {
      const done = (world[placeOf(index) + JOB] ?? 0) > (before[placeOf(index) + JOB] ?? 0)
      if (!done) return one
      return code === undefined
        ? { ...one, calls: one.calls + 1 }
        : { ...one, failed: one.failed + 1, error: code }
    })
    if (code !== undefined) text += `; its caller gets the error ${code}`
    if (move.wrong.includes('KILL')) text += ': the server assumes theft and revokes every token'
    const process = Number(/\bp(\d)/.exec(move.label)?.[1] ?? NaN)
    return {
      ...state,
      world,
      calls,
      requests: state.requests + (isServed ? 1 : 0),
      dropsLatchkey: state.dropsLatchkey && !isDropped,
      happened: { latchkey: { text, ...(process >= 0 && { process }) } },
    }
  }

  #passed(state: State, ms: number): State {
    if (ms === Infinity) return { ...state, isStill: true, happened: both('nothing more happens by itself') }
    const world = state.world.slice()
    this.#model.pass(world, ms)
    this.#model.forget(world)
    const naive = this.#naive.pass(state.naive, ms)
    const expires = naive.leftMs <= 0 && state.naive.leftMs > 0
    const text = `${durationOf(ms)} pass${expires ? ', and the access token expires' : ''}`
    return { ...state, world, naive, passedMs: ms, clockMs: state.clockMs + ms, happened: both(text) }
  }

  #frameOf(state: State): Frame {
    const { world, naive } = state
    const record = this.#model.records.at(world[STORE]!)
    const family = this.#model.server.accepted(world[SERVER]!, 0)
    const isLive = record?.status === 'live'
    return {
      latchkey: {
        processes: state.calls.map((calls, index) => ({
          ...this.#seen(world, index, calls.error),
          ...calls,
        })),
        requests: state.requests,
        signedOut: !isLive || family.length === 0,
        happened: state.happened.latchkey,
      },
      naive: {
        processes: naive.processes.map(one => ({ ...seenNaive(one), calls: one.calls, failed: one.failed })),
        requests: naive.requests,
        signedOut: this.#naive.isSignedOut(naive),
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

  #seen(world: World, index: number, error: string | undefined): { look: Look; text: string } {
    const at = placeOf(index)
    const flags = world[at + FLAGS]!
    if (flags & CRASHED) return { look: 'killed', text: 'killed' }
    const { effect, state } = this.#model.processes.facts(world[at + PROCESS]!)
    const [look, text] = shownOf(state, effect?.type)
    if (flags & PAUSED) return { look: 'paused', text: `paused: ${text}` }
    return effect || error === undefined ? { look, text } : { look: 'failed', text: `error: ${error}` }
  }
}

function both(text: string): State['happened'] {
  return { latchkey: { text }, naive: { text } }
}

/** Returns the next state of a generator of 32 bits: the mixing of mulberry32. */
function next(random: number): number {
  let a = (random + 0x6d2b79f5) | 0
  a = Math.imul(a ^ (a >>> 15), a | 1)
  a ^= a + Math.imul(a ^ (a >>> 7), a | 61)
  return (a ^ (a >>> 14)) >>> 0
}
