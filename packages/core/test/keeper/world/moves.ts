// Everything that can happen next in a world: each process can take its next step, the server and the adversary act,
// and time passes to the next deadline when nobody who is not paused has anything to do.
import type { KeeperEffect } from '../../../src/keeper/states.ts'
import { garbled, SAID, type Response } from './responses.ts'
import {
  ANSWER,
  ANSWERED,
  BACK,
  budgetOf,
  CHANGED,
  COMPARED,
  DOWN,
  DUE,
  type Fault,
  FLAGS,
  FLYING,
  GOT,
  JOB,
  LATE,
  OVERTAKEN,
  PAUSED,
  PENDING,
  PHASE,
  placeOf,
  PROCESS,
  SILENT,
  spend,
  STORE,
  type World,
  ZOMBIES,
} from './layout.ts'
import type { Model } from './model.ts'
import { bitOf } from './server.ts'
import { NOW } from './time.ts'
import type { Verdict } from './verdicts.ts'
import { doing, spelt } from './words.ts'

export interface Move {
  readonly label: string
  readonly world: number[]
  readonly wrong: readonly Verdict[]
  /** The adversary's doing: nobody can rely on its happening. */
  readonly adverse: boolean
}

type Doing = (world: number[], wrong: Verdict[]) => void

/** A claim so old, in ms, counts as dead. */
const LEASE_MAX_AGE_MS = 86_400_001

export function movesOf(model: Model, world: World): Move[] {
  return new Moves(model, world).all()
}

class Moves {
  readonly #model: Model
  readonly #world: World
  readonly #moves: Move[] = []
  /** Somebody who is not paused can act now. */
  #busy = false
  /** The next deadline, in ms. */
  #aheadMs = Infinity

  constructor(model: Model, world: World) {
    this.#model = model
    this.#world = world
  }

  all(): Move[] {
    for (const index of this.#model.living(this.#world)) this.#ofProcess(index)
    this.#ofOthers()
    const ms = this.#aheadMs
    if (!this.#busy && ms < Infinity)
      this.#add(`${spelt(ms)} later`, false, after => this.#model.pass(after, ms))
    return this.#moves
  }

  #add(label: string, adverse: boolean, change: Doing): void {
    const after = this.#world.slice()
    const wrong: Verdict[] = []
    change(after, wrong)
    this.#model.forget(after)
    this.#moves.push({ label, world: after, wrong, adverse })
  }

  #fault(fault: Fault, label: string, change: Doing): void {
    if (budgetOf(this.#world, fault) === 0) return
    this.#add(label, true, (after, wrong) => {
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

  /** Whoever has not begun lets time pass. */
  #starting(index: number): void {
    const world = this.#world
    const at = placeOf(index)
    const job = this.#model.configuration.programs[index]!.jobs[world[at + JOB]!]!
    const remainingMs = this.#model.remainingMs(world)
    if ('request' in job && job.whenExpired && remainingMs > 0) return this.#until(remainingMs)
    const blockedMs = this.#model.blockedMs(world)
    if ('request' in job && job.whenAllowed && blockedMs > 0) return this.#until(blockedMs)
    this.#add(`p${index} ${doing(job)}`, false, (after, wrong) => {
      this.#model.enter(
        after,
        index,
        this.#model.processes.start(world[at + PROCESS]!, index, world[at + JOB]!),
        wrong,
      )
      this.#model.perform(after, index, wrong) // nothing comes of a start but the first reading
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
    this.#add(`p${index} resumes`, false, after => {
      after[at + FLAGS]! &= ~PAUSED
    })
    if (effect.type === 'swap' && this.#world[at + PHASE] === PENDING && !this.#world[DOWN])
      this.#add(`p${index}'s write arrives while it is paused`, true, (after, wrong) => {
        after[at + ANSWER] = this.#model.swap(after, index, wrong)
        after[at + PHASE] = ANSWERED
      })
    if (effect.type === 'refresh') this.#served(index, effect.refresh_token as string)
  }

  #act(index: number, label: string, change: Doing): void {
    this.#busy = true
    this.#add(`p${index} ${label}`, false, change)
  }

  #emit(index: number, answer: Response): Doing {
    return (after, wrong) => this.#model.emit(after, index, answer, wrong)
  }

  #acting(index: number, effect: KeeperEffect): void {
    const world = this.#world
    const at = placeOf(index)
    const name = `p${index}`
    const perform: Doing = (after, wrong) => this.#model.perform(after, index, wrong)
    switch (effect.type) {
      case 'read':
        this.#act(index, 'reads the record', perform)
        return this.#fault(
          'storeError',
          `${name} cannot read the record`,
          this.#emit(index, SAID.storeFailed),
        )
      case 'swap':
        return this.#swapping(index, perform)
      case 'lock': {
        const lock = this.#model.lockOf(index)
        this.#fault('storeError', `${name} cannot request the lock`, this.#emit(index, SAID.storeFailed))
        if (world[lock] === 0)
          return this.#act(index, 'gets the lock', (after, wrong) => {
            after[lock] = index + 1
            this.#model.emit(after, index, SAID.locked, wrong)
          })
        if (world[at + DUE]! > 0) return this.#until(world[at + DUE]!)
        return this.#act(index, 'does not acquire the lock', this.#emit(index, SAID.busy))
      }
      case 'wait': {
        const remainingMs = effect.untilMs - NOW.monotonicMs
        const awake = remainingMs <= 0 || (effect.orChanged && (world[at + FLAGS]! & CHANGED) !== 0)
        return awake ? this.#act(index, 'wakes', this.#emit(index, SAID.woke)) : this.#until(remainingMs)
      }
      case 'confirm':
        this.#act(index, 'learns that the write will last', perform)
        return this.#fault(
          'unconfirmed',
          `${name} learns that the write may not last`,
          this.#emit(index, SAID.unconfirmed),
        )
      case 'refresh':
        return this.#refreshing(index, effect.refresh_token as string)
      case 'revoke':
        return this.#act(index, `revokes ${effect.tokens.refresh_token}`, perform)
      case 'unlock':
        return this.#act(index, 'releases the lock', perform)
      default:
        throw new Error(`nobody performs ${effect.type}`)
    }
  }

  #swapping(index: number, perform: Doing): void {
    const at = placeOf(index)
    const phase = this.#world[at + PHASE]
    const { swap, state } = this.#model.processes.facts(this.#world[at + PROCESS]!)
    if (this.#world[DOWN] && phase !== ANSWERED)
      return this.#act(index, `cannot write (${state})`, this.#emit(index, SAID.storeFailed))
    if (this.#model.configuration.programs[index]!.loose && phase === PENDING)
      return this.#act(index, `compares (${state})`, (after, wrong) => {
        if (after[STORE] === swap!.expected) after[at + PHASE] = COMPARED
        else perform(after, wrong)
      })
    const how = phase === ANSWERED || this.#world[STORE] === swap!.expected ? 'writes' : 'conflicts'
    this.#act(index, `${how} (${state})`, perform)
    if (phase !== ANSWERED)
      this.#fault('storeError', `p${index} gets no response to its write (${state})`, (after, wrong) => {
        after[LATE] = swap!.expected
        after[LATE + 1] = swap!.record
        this.#model.emit(after, index, SAID.storeFailed, wrong)
      })
  }

  /** The server gets the request of a process, if there is one on its way. */
  #served(index: number, refresh_token: string): void {
    const at = placeOf(index)
    if (this.#world[at + PHASE] !== FLYING) return
    const { generation } = this.#model.processes.facts(this.#world[at + PROCESS]!)
    this.#add(`the server responds to p${index}'s ${refresh_token}`, false, (after, wrong) => {
      const answer = this.#model.returnStored(after, bitOf(refresh_token), generation, wrong)
      after[at + ANSWER] = this.#model.answers.idOf(answer)
      after[at + PHASE] = ANSWERED
    })
  }

  #refreshing(index: number, refresh_token: string): void {
    const world = this.#world
    const at = placeOf(index)
    const name = `p${index}`
    const silence: Doing = after => this.#model.silence(after, index)
    switch (world[at + PHASE]) {
      case PENDING:
        return this.#act(index, `sends ${refresh_token}`, (after, wrong) => {
          if (this.#model.isRushed(after, index)) wrong.push('RUSH')
          after[at + PHASE] = FLYING
        })
      case FLYING:
        this.#busy = true
        this.#served(index, refresh_token)
        this.#fault(
          'lostRequest',
          `${name} learns that its request was lost`,
          this.#emit(index, SAID.indeterminate),
        )
        this.#fault(
          'lostRequest',
          `${name} learns that its request was not sent`,
          this.#emit(index, SAID.notSent),
        )
        this.#fault('lostRequest', `${name}'s request is lost`, silence)
        for (const [fault, what] of [
          ['refused', 'is refused in words that it does not know'],
          ['firewall', 'gets a page of a firewall'],
          ['stranger', 'is granted tokens of another account'],
        ] as const)
          this.#fault(
            fault,
            `${name} ${what}`,
            this.#emit(index, SAID[fault === 'refused' ? 'unrecognized' : fault]),
          )
        return this.#fault('throttled', `${name} is asked to send later`, this.#emit(index, SAID.throttled))
      case ANSWERED: {
        const answer = this.#model.answers.at(world[at + ANSWER]!)
        const got =
          (toldToSignIn: Response): Doing =>
          (after, wrong) => {
            if (answer.bit !== undefined) after[at + GOT]! |= 1 << answer.bit
            else if (this.#model.isArriving(after, index)) after[at + FLAGS]! |= OVERTAKEN
            this.#model.emit(after, index, toldToSignIn, wrong)
          }
        this.#act(index, `gets ${answer.name}`, got(answer))
        if (answer.message.type === 'granted') {
          const granted = answer.message.tokens.refresh_token as string
          for (const truncated of [true, false])
            this.#fault(
              'garbled',
              `${name} gets ${granted} from a response that is otherwise ${truncated ? 'cut off' : 'unusable'}`,
              got(garbled(granted, truncated)),
            )
        }
        this.#fault(
          'lostResponse',
          `${name} learns that its response was lost`,
          this.#emit(index, SAID.indeterminate),
        )
        return this.#fault('lostResponse', `${name}'s response is lost`, silence)
      }
      case SILENT:
        if (world[at + DUE]! > 0) return this.#until(world[at + DUE]!)
        return this.#act(index, 'stops waiting for the response', this.#emit(index, SAID.indeterminate))
      default:
        throw new Error('a request has no such phase')
    }
  }

  #ofOthers(): void {
    const world = this.#world
    for (const at of [ZOMBIES, ZOMBIES + 1])
      if (world[at]! > 0)
        this.#add('the server gets the request of one who is dead', true, (after, wrong) => {
          const zombie = world[at]! - 1
          after[at] = 0
          this.#model.returnStored(after, zombie % 32, Math.floor(zombie / 32), wrong)
        })
    if (world[LATE + 1]! > 0 && !world[DOWN])
      this.#add('a write arrives late', true, (after, wrong) => {
        after[LATE] = after[LATE + 1] = 0
        if (world[STORE] === world[LATE]) this.#model.write(after, world[LATE + 1]!, -1, wrong)
      })
    const back = world[BACK]!
    if (back > 0)
      this.#fault('failover', 'the store loses its last write', after => this.#restore(after, back))
    if (world[STORE]! > 0)
      this.#fault('flush', 'the store loses everything', after => this.#restore(after, 0))
    if (world[DOWN])
      this.#add('the store can be written again', true, after => {
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
