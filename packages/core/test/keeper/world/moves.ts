// Everything that can happen next in a world: each process takes its next step, the server and the adversary act, and time
// passes to the next deadline when every process waits or is paused.
import type { KeeperEffect } from '../../../src/keeper/states.ts'
import { garbled, RESULTS, type Response } from './responses.ts'
import {
  RESPONSE,
  RESPONDED,
  BACK,
  budgetOf,
  CHANGED,
  COMPARED,
  DOWN,
  DUE,
  type Fault,
  FLAGS,
  FLYING,
  RECEIVED,
  JOB,
  LATE,
  OVERTAKEN,
  PAUSED,
  PENDING,
  PHASE,
  placeOf,
  PROCESS,
  REQUEST_PHASE,
  SILENT,
  SLOW,
  SLOW_RESPONDED,
  spend,
  STORE,
  type World,
  LATE_REQUESTS,
} from './layout.ts'
import type { Model } from './model.ts'
import { bitOf } from './server.ts'
import { NOW } from './time.ts'
import type { Verdict } from './verdicts.ts'
import { describeJob, describeMs } from './words.ts'

/**
 * - `process`: a process takes its next step; `resume`: a paused one goes on;
 * - `server`: the server receives a request and responds; `late`: one of a crashed process;
 * - `time`: time passes; `adverse`: a move of the adversary.
 */
export type MoveKind = 'process' | 'resume' | 'server' | 'late' | 'time' | 'adverse'

export interface Move {
  readonly kind: MoveKind
  readonly label: string
  readonly world: number[]
  readonly wrong: readonly Verdict[]
  /** It may never happen. */
  readonly adverse: boolean
  /** How much time passes, in ms. */
  readonly ms: number
}

type Update = (world: number[], wrong: Verdict[]) => void

/** A lease this old, in ms, counts as abandoned. */
const LEASE_MAX_AGE_MS = 86_400_001

export function movesOf(model: Model, world: World): Move[] {
  return new Moves(model, world).all()
}

class Moves {
  readonly #model: Model
  readonly #world: World
  readonly #moves: Move[] = []
  /** A process that is not paused can act now. */
  #busy = false
  /** The next deadline, in ms. */
  #aheadMs = Infinity

  constructor(model: Model, world: World) {
    this.#model = model
    this.#world = world
  }

  all(): Move[] {
    for (const index of this.#model.running(this.#world)) this.#ofProcess(index)
    this.#ofOthers()
    const ms = this.#aheadMs
    if (!this.#busy && ms < Infinity)
      this.#add('time', `${describeMs(ms)} later`, after => this.#model.pass(after, ms), ms)
    return this.#moves
  }

  #add(kind: MoveKind, label: string, change: Update, ms = 0): void {
    const after = this.#world.slice()
    const wrong: Verdict[] = []
    change(after, wrong)
    this.#model.forget(after)
    const adverse = kind === 'late' || kind === 'adverse'
    this.#moves.push({ kind, label, world: after, wrong, adverse, ms })
  }

  #fault(fault: Fault, label: string, change: Update): void {
    if (budgetOf(this.#world, fault) === 0) return
    this.#add('adverse', label, (after, wrong) => {
      spend(after, fault)
      change(after, wrong)
    })
  }

  #ofProcess(index: number): void {
    const world = this.#world
    const at = placeOf(index)
    const { effect } = this.#model.processes.facts(world[at + PROCESS]!)
    const { jobs } = this.#model.configuration.programs[index]!
    if (!effect && world[at + JOB]! >= jobs.length) return
    const name = `p${index}`
    this.#fault('crash', `${name} crashes`, after => this.#model.crash(after, index))
    if (!effect) return this.#starting(index)
    if (world[at + FLAGS]! & PAUSED) return this.#paused(index, effect)
    const { state } = this.#model.processes.facts(world[at + PROCESS]!)
    if (!this.#model.configuration.swift || state === 'leasing')
      this.#fault('pause', `${name} pauses`, after => {
        after[at + FLAGS]! |= PAUSED
      })
    this.#acting(index, effect)
  }

  /** Starts the next job of a process, or lets time pass until it is due. */
  #starting(index: number): void {
    const world = this.#world
    const at = placeOf(index)
    const job = this.#model.configuration.programs[index]!.jobs[world[at + JOB]!]!
    const remainingMs = this.#model.remainingMs(world)
    if ('request' in job && job.whenExpired && remainingMs > 0) return this.#until(remainingMs)
    const blockedMs = this.#model.blockedMs(world)
    if ('request' in job && job.whenAllowed && blockedMs > 0) return this.#until(blockedMs)
    this.#add('process', `p${index} ${describeJob(job)}`, (after, wrong) => {
      this.#model.enter(
        after,
        index,
        this.#model.processes.start(world[at + PROCESS]!, index, world[at + JOB]!),
        wrong,
      )
      this.#model.perform(after, index, wrong) // a start only leads to the first read
    })
    const { lease, refusals } = this.#model.records.at(world[STORE]!) ?? {}
    const { memory } = this.#model.processes.facts(world[at + PROCESS]!)
    const startedAtMs = lease && lease.ttlMs > 0 ? lease.startedAtMs : -Infinity
    this.#until(startedAtMs + (lease?.ttlMs ?? 0) - NOW.nowMs)
    this.#until(startedAtMs + LEASE_MAX_AGE_MS - NOW.nowMs)
    this.#until((refusals?.nextTryAtMs ?? 0) - NOW.nowMs)
    this.#until((memory?.backoff?.untilMonotonicMs ?? 0) - NOW.monotonicMs)
  }

  #until(ms: number): void {
    if (ms > 0) this.#aheadMs = Math.min(this.#aheadMs, ms)
  }

  #paused(index: number, effect: KeeperEffect): void {
    const at = placeOf(index)
    this.#add('resume', `p${index} resumes`, after => {
      after[at + FLAGS]! &= ~PAUSED
    })
    if (effect.type === 'swap' && this.#world[at + PHASE] === PENDING && !this.#world[DOWN])
      this.#add('adverse', `p${index}'s write arrives while it is paused`, (after, wrong) => {
        after[at + RESPONSE] = this.#model.swap(after, index, wrong)
        after[at + PHASE] = RESPONDED
      })
    this.#served(index)
  }

  #act(index: number, label: string, change: Update): void {
    this.#busy = true
    this.#add('process', `p${index} ${label}`, change)
  }

  #emit(index: number, response: Response): Update {
    return (after, wrong) => this.#model.emit(after, index, response, wrong)
  }

  #acting(index: number, effect: KeeperEffect): void {
    const world = this.#world
    const at = placeOf(index)
    const name = `p${index}`
    const perform: Update = (after, wrong) => this.#model.perform(after, index, wrong)
    switch (effect.type) {
      case 'read':
        this.#act(index, 'reads the record', perform)
        return this.#fault(
          'storeError',
          `${name} cannot read the record`,
          this.#emit(index, RESULTS.storeFailed),
        )
      case 'swap':
        return this.#swapping(index, perform)
      case 'lock': {
        const lock = this.#model.lockOf(index)
        this.#fault(
          'storeError',
          `${name} gets an error for the lock`,
          this.#emit(index, RESULTS.storeFailed),
        )
        if (world[lock] === 0)
          return this.#act(index, 'acquires the lock', (after, wrong) => {
            after[lock] = index + 1
            this.#model.emit(after, index, RESULTS.locked, wrong)
          })
        if (world[at + DUE]! > 0) return this.#until(world[at + DUE]!)
        return this.#act(index, 'does not acquire the lock in time', this.#emit(index, RESULTS.busy))
      }
      case 'wait': {
        const remainingMs = effect.untilMs - NOW.monotonicMs
        const awake = remainingMs <= 0 || (effect.orChanged && (world[at + FLAGS]! & CHANGED) !== 0)
        return awake ? this.#act(index, 'wakes', this.#emit(index, RESULTS.woke)) : this.#until(remainingMs)
      }
      case 'confirm':
        this.#act(index, 'learns that the write will last', perform)
        return this.#fault(
          'unconfirmed',
          `${name} learns that the write may not last`,
          this.#emit(index, RESULTS.unconfirmed),
        )
      case 'refresh':
      case 'await':
        return this.#refreshing(index)
      case 'revoke':
        return this.#act(index, `revokes ${effect.tokens.refresh_token}`, perform)
      case 'unlock':
        return this.#act(index, 'releases the lock', perform)
      default:
        throw new Error(`nobody performs ${effect.type}`)
    }
  }

  #swapping(index: number, perform: Update): void {
    const at = placeOf(index)
    const phase = this.#world[at + PHASE]
    const { swap, state } = this.#model.processes.facts(this.#world[at + PROCESS]!)
    if (this.#world[DOWN] && phase !== RESPONDED)
      return this.#act(index, `cannot write (${state})`, this.#emit(index, RESULTS.storeFailed))
    if (this.#model.configuration.programs[index]!.loose && phase === PENDING)
      return this.#act(index, `compares (${state})`, (after, wrong) => {
        if (after[STORE] === swap!.expected) after[at + PHASE] = COMPARED
        else perform(after, wrong)
      })
    const how = phase === RESPONDED || this.#world[STORE] === swap!.expected ? 'writes' : 'conflicts'
    this.#act(index, `${how} (${state})`, perform)
    if (phase !== RESPONDED)
      this.#fault('storeError', `p${index} gets no response to its write (${state})`, (after, wrong) => {
        after[LATE] = swap!.expected
        after[LATE + 1] = swap!.record
        this.#model.emit(after, index, RESULTS.storeFailed, wrong)
      })
  }

  /** The server receives the request of a process, if one is on its way. */
  #served(index: number): void {
    const at = placeOf(index)
    const { generation, sent: refresh_token } = this.#model.processes.facts(this.#world[at + PROCESS]!)
    const phase = [PHASE, REQUEST_PHASE].find(one => [FLYING, SLOW].includes(this.#world[at + one]!))
    if (phase === undefined || refresh_token === undefined) return
    this.#add('server', `the server responds to p${index}'s ${refresh_token}`, (after, wrong) => {
      if (this.#model.isRushed(after, index, refresh_token)) wrong.push('RUSH')
      const response = this.#model.serve(after, bitOf(refresh_token), generation, wrong)
      after[at + phase + 1] = this.#model.responses.idOf(response)
      after[at + phase] = after[at + phase] === SLOW ? SLOW_RESPONDED : RESPONDED
    })
  }

  #refreshing(index: number): void {
    const world = this.#world
    const at = placeOf(index)
    const name = `p${index}`
    const silence: Update = after => this.#model.silence(after, index)
    switch (world[at + PHASE]) {
      case PENDING:
        return this.#act(index, `sends ${this.#model.processes.facts(world[at + PROCESS]!).sent}`, after => {
          after[at + PHASE] = FLYING
        })
      case FLYING:
        this.#busy = true
        this.#served(index)
        this.#fault('nonce', `the server asks ${name} for a nonce`, after => {
          after[at + PHASE] = PENDING
        })
        this.#fault('nonce', `the server asks ${name} for another nonce`, this.#emit(index, RESULTS.notSent))
        this.#fault('slow', `the server takes long to respond to ${name}`, after =>
          this.#model.slow(after, index),
        )
        this.#fault(
          'lostRequest',
          `${name} learns that its request was lost`,
          this.#emit(index, RESULTS.indeterminate),
        )
        this.#fault(
          'lostRequest',
          `${name} learns that its request was not sent`,
          this.#emit(index, RESULTS.notSent),
        )
        this.#fault('lostRequest', `${name}'s request is lost`, silence)
        for (const [fault, what] of [
          ['refused', 'gets an unknown error code'],
          ['firewall', 'gets the page of a firewall'],
          ['stranger', 'gets tokens of another account'],
        ] as const)
          this.#fault(
            fault,
            `${name} ${what}`,
            this.#emit(index, RESULTS[fault === 'refused' ? 'unrecognized' : fault]),
          )
        return this.#fault(
          'throttled',
          `${name} is asked to send later`,
          this.#emit(index, RESULTS.throttled),
        )
      case SLOW:
      case SLOW_RESPONDED:
        this.#served(index)
        if (world[at + DUE]! > 0) return this.#until(world[at + DUE]!)
        return this.#act(index, 'waits on for the response', (after, wrong) =>
          this.#model.pending(after, index, wrong),
        )
      case RESPONDED: {
        this.#fault('slow', `the response to ${name} takes long`, after => this.#model.slow(after, index))
        const response = this.#model.responses.at(world[at + RESPONSE]!)
        const receive =
          (received: Response): Update =>
          (after, wrong) => {
            if (response.bit !== undefined) after[at + RECEIVED]! |= 1 << response.bit
            else if (this.#model.isArriving(after, index)) after[at + FLAGS]! |= OVERTAKEN
            this.#model.emit(after, index, received, wrong)
          }
        const granted =
          response.message.type === 'granted' ? (response.message.tokens.refresh_token as string) : undefined
        this.#act(index, `gets ${granted ?? response.name}`, receive(response))
        if (granted !== undefined)
          for (const truncated of [true, false])
            this.#fault(
              'garbled',
              `${name} gets ${granted} from a response that is otherwise ${truncated ? 'cut off' : 'unusable'}`,
              receive(garbled(granted, truncated)),
            )
        this.#fault(
          'lostResponse',
          `${name} learns that its response was lost`,
          this.#emit(index, RESULTS.indeterminate),
        )
        return this.#fault('lostResponse', `${name}'s response is lost`, silence)
      }
      case SILENT:
        if (world[at + DUE]! > 0) return this.#until(world[at + DUE]!)
        return this.#act(index, 'stops waiting for the response', this.#emit(index, RESULTS.indeterminate))
      default:
        throw new Error('a request does not have this phase')
    }
  }

  #ofOthers(): void {
    const world = this.#world
    for (const at of [LATE_REQUESTS, LATE_REQUESTS + 1])
      if (world[at]! > 0)
        this.#add('late', 'the server receives the request of a crashed process', (after, wrong) => {
          const late = world[at]! - 1
          after[at] = 0
          this.#model.serve(after, late % 32, Math.floor(late / 32), wrong)
        })
    if (world[LATE + 1]! > 0 && !world[DOWN])
      this.#add('adverse', 'a write arrives late', (after, wrong) => {
        after[LATE] = after[LATE + 1] = 0
        if (world[STORE] === world[LATE]) this.#model.write(after, world[LATE + 1]!, -1, wrong)
      })
    const back = world[BACK]!
    if (back > 0)
      this.#fault('failover', 'the store loses its last write', after => this.#restore(after, back))
    if (world[STORE]! > 0)
      this.#fault('flush', 'the store loses everything', after => this.#restore(after, 0))
    if (world[DOWN])
      this.#add('adverse', 'the store can be written again', after => {
        after[DOWN] = 0
      })
    else
      this.#fault('storeDown', 'the store can no longer be written', after => {
        after[DOWN] = 1
      })
  }

  #restore(after: number[], record: number): void {
    this.#model.put(after, record, -1)
    after[BACK] = 0
  }
}
