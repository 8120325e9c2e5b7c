// Eight processes that run the shipped machines, in the world that the tests explore, and eight that run the naive client. A
// frame is what both look like after a number of actions; the same story always has the same frames.
import {
  CRASHED,
  DOWN,
  FLAGS,
  JOB,
  PAUSED,
  PHASE,
  placeOf,
  RESPONDED,
  SERVER,
  type World,
} from '../../packages/core/test/keeper/world/layout.ts'
import { STORES } from '../../packages/core/test/keeper/world/configurations.ts'
import { Model } from '../../packages/core/test/keeper/world/model.ts'
import { type Move, movesOf } from '../../packages/core/test/keeper/world/moves.ts'
import type { Job } from '../../packages/core/test/keeper/world/process.ts'
import { ROOM } from '../../packages/core/test/keeper/world/server.ts'
import type { Frame } from './frame.ts'
import { durationOf, named, nameOf, wordsOf } from './looks.ts'
import { NaiveModel } from './naive.ts'
import { frameOf, type State } from './state.ts'
import { type Action, PROCESSES, type Setting } from './story.ts'
import { THEFT } from './words.ts'

/** How often each process needs a new token. */
const EXPIRIES = 4
/** How long the access token works at first, in ms. */
const FIRST_LEFT_MS = 60_000

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
    for (const state of this.#states.slice(this.#frames.length))
      this.#frames.push(frameOf(state, this.#model, this.#naive))
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
    const turns = this.#naive.turns(before.naive)
    const state: State = { ...before, random, passedMs: 0, happened: {} }
    if (!move && turns.length === 0)
      return this.#passed(state, Math.min(timeMs, this.#naive.untilMs(state.naive)))
    const moved = move ? this.#moved(state, move) : state
    return turns.length > 0 ? this.#naiveMoved(moved, turns[random % turns.length]!) : moved
  }

  /** Lets a process of the naive client take its turn. */
  #naiveMoved(state: State, index: number): State {
    const { naive, dropsNaive: drops } = state
    const { after, label, process } = this.#naive.step(naive, index, {
      storeFails: state.world[DOWN] === 1,
      drops,
    })
    return {
      ...state,
      naive: after,
      dropsNaive: drops && after.requests === naive.requests,
      happened: { ...state.happened, naive: { text: `${nameOf(process)} ${label}`, process } },
    }
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
    const [, digit] = /^p(\d) /.exec(label) ?? []
    return digit !== undefined && (world[placeOf(Number(digit)) + FLAGS]! & PAUSED) !== 0
  }

  #moved(state: State, move: Move): State {
    const { world: before } = state
    const world = move.world.slice()
    const isServed = move.kind !== 'process'
    const dropped = isServed && state.dropsLatchkey ? this.#dropped(world, before) : undefined
    const error = move.wrong.find(one => one.startsWith('FAILED:'))?.slice('FAILED:'.length)
    const calls = state.calls.map((one, index) => {
      const isDone = world[placeOf(index) + JOB]! > before[placeOf(index) + JOB]!
      if (!isDone) return one
      return error === undefined
        ? { ...one, calls: one.calls + 1 }
        : { ...one, failed: one.failed + 1, error }
    })
    const text = [
      dropped === undefined ? named(move.label) : `the response to ${nameOf(dropped)} is lost`,
      error === undefined ? '' : `; its caller gets the error ${error}`,
      move.wrong.includes('KILL') ? THEFT : '',
    ].join('')
    return {
      ...state,
      world,
      calls,
      requests: state.requests + (isServed ? 1 : 0),
      dropsLatchkey: state.dropsLatchkey && dropped === undefined,
      happened: { latchkey: { text, ...processIn(move.label) } },
    }
  }

  /** Loses a response that has arrived since `before`, and returns the process that it was for. */
  #dropped(world: number[], before: World): number | undefined {
    for (let index = 0; index < PROCESSES; index++) {
      const phase = placeOf(index) + PHASE
      if (world[phase] !== RESPONDED || before[phase] === RESPONDED) continue
      this.#model.silence(world, index)
      return index
    }
    return undefined
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
}

/** Returns the first process that the label of a move names. */
function processIn(label: string): { process?: number } {
  const digit = /\bp(\d)\b/.exec(label)?.[1]
  return digit === undefined ? {} : { process: Number(digit) }
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
