// What happens in a world: in the store, the locks, the server, the clocks and the processes.
import { type Response, type Responses, found, RESULTS, served } from './responses.ts'
import {
  ACKNOWLEDGED,
  RESPONSE,
  RESPONDED,
  BACK,
  BUDGET,
  budgetOf,
  CHANGED,
  COMPARED,
  type Configuration,
  CRASHED,
  DUE,
  FAULTS,
  FLAGS,
  FLYING,
  RECEIVED,
  HEAD,
  JOB,
  LOCKS,
  OVERTAKEN,
  PAUSED,
  PENDING,
  PHASE,
  placeOf,
  PROCESS,
  RECORDS,
  SERVER,
  SILENT,
  STORE,
  REAUTH_REPORTED,
  REQUEST_PHASE,
  REQUEST_RESPONSE,
  SLOW,
  SLOW_RESPONDED,
  WIDTH,
  type World,
  LATE_REQUESTS,
} from './layout.ts'
import { firstRecord, type Processes, type Records, type Stepped } from './process.ts'
import { bitOf, LIFETIME_S, Server } from './server.ts'
import type { TokenRecord } from '../../../src/keeper/record.ts'
import { Tables } from './tables.ts'
import { NOW } from './time.ts'
import { checkWrite, type Verdict } from './verdicts.ts'

/** How long a process waits for a response, and how long a request can be on its way, in ms. */
const SEND_DEADLINE_MS = 10_000
/** How long a slow server takes, in ms, before the process extends its lease: longer than the 5 s of the driver. */
const SLOW_MS = 9_000
/** An access token with less than this left, in ms, may be refreshed. */
const EARLY_MS = 600_000

/** The worlds of one configuration. Methods change a world in place, and add what is wrong with that to a list. */
export class Model {
  readonly configuration: Configuration
  readonly start: World
  readonly server: Server
  readonly records: Records
  readonly processes: Processes
  readonly responses: Responses
  readonly #tables: Tables
  readonly #faultless: boolean
  readonly #storeWorks: boolean
  readonly #scopes: readonly string[]
  readonly #fresh: number[] = []

  constructor(configuration: Configuration, tables = new Tables(configuration.programs)) {
    const { policy, programs, faults, remainingMs = -1000 } = configuration
    this.configuration = configuration
    this.#faultless = Object.keys(faults).length === 0
    this.#storeWorks = !faults.flush && !faults.failover && !faults.storeError && !faults.storeDown
    this.#scopes = [...new Set(programs.flatMap(({ lockScope }) => lockScope ?? []))]
    this.server = new Server(policy, 2)
    this.#tables = tables
    this.records = tables.records
    this.processes = tables.processes
    this.responses = tables.responses
    const first = this.records.idOf(firstRecord(remainingMs))
    const world = Array.from({ length: HEAD }, () => 0)
    world[STORE] = first
    world[SERVER] = this.server.start
    FAULTS.forEach((fault, index) => (world[BUDGET]! += (faults[fault] ?? 0) << (2 * index)))
    for (const program of programs)
      world.push(0, this.processes.resting(program, this.records.at(first)!), 0, 0, 0, 0, 0, 0, 0)
    this.start = world
  }

  /** Yields the indexes of the processes that have not crashed. */
  *running(world: World): Generator<number> {
    for (let index = 0; index < this.configuration.programs.length; index++)
      if ((world[placeOf(index) + FLAGS]! & CRASHED) === 0) yield index
  }

  isResting(world: World, index: number): boolean {
    return !this.processes.facts(world[placeOf(index) + PROCESS]!).effect
  }

  /** Have all processes finished their jobs? */
  isOver(world: World): boolean {
    for (const index of this.running(world)) {
      const { jobs } = this.configuration.programs[index]!
      if (!this.isResting(world, index) || world[placeOf(index) + JOB]! < jobs.length) return false
    }
    return true
  }

  /** Returns the refresh tokens that were not exchanged or withdrawn, as bits. */
  freshBits(server: number): number {
    return (this.#fresh[server] ??= [0, 1]
      .flatMap(family => this.server.accepted(server, family))
      .filter(bit => this.server.isFresh(server, bit))
      .reduce((bits, bit) => bits | (1 << bit), 0))
  }

  /** Returns how long until the stored access token expires, in ms. */
  remainingMs(world: World): number {
    const stored = this.records.at(world[STORE]!)
    return stored?.status === 'live' ? stored.obtainedAtMs + LIFETIME_S * 1000 - NOW.nowMs : 0
  }

  /** Returns the position of the holder of the lock that a process uses. */
  lockOf(index: number): number {
    return LOCKS + this.#scopes.indexOf(this.configuration.programs[index]!.lockScope as string)
  }

  /** Performs the effect of a process, without a fault. */
  perform(world: number[], index: number, wrong: Verdict[]): void {
    const at = placeOf(index)
    const { effect } = this.processes.facts(world[at + PROCESS]!)
    switch (effect?.type) {
      case 'read':
        return this.emit(world, index, found(this.records, world[STORE]!), wrong)
      case 'swap': {
        const response =
          world[at + PHASE] === RESPONDED ? world[at + RESPONSE]! : this.swap(world, index, wrong)
        return this.emit(world, index, this.responses.at(response), wrong)
      }
      case 'confirm': {
        const lost = this.#isLost(world, index)
        if (!lost) world[BACK] = 0
        return this.emit(world, index, lost ? RESULTS.unconfirmed : RESULTS.durable, wrong)
      }
      case 'revoke':
        this.#revoke(world, effect.tokens.refresh_token, wrong)
        return this.emit(world, index, RESULTS.revoked, wrong)
      case 'unlock':
        this.#release(world, index)
        return this.emit(world, index, RESULTS.unlocked, wrong)
      default:
        throw new Error(`${effect?.type} cannot be performed at once`)
    }
  }

  /** Has the store lost the last write of a process? */
  #isLost(world: World, index: number): boolean {
    const { state, id, generation } = this.processes.facts(world[placeOf(index) + PROCESS]!)
    const stored = this.records.at(world[STORE]!)
    if (!stored || stored.generation < generation) return true
    return state === 'confirmingLease' && stored.lease?.id !== id
  }

  /** Performs a compare-and-swap; returns the number of its result. */
  swap(world: number[], index: number, wrong: Verdict[]): number {
    const { swap } = this.processes.facts(world[placeOf(index) + PROCESS]!)
    const compared = world[placeOf(index) + PHASE] === COMPARED
    if (!compared && world[STORE] !== swap!.expected) return this.responses.refused(world[STORE]!)
    this.write(world, swap!.record, index, wrong)
    return this.responses.swapped(swap!.record)
  }

  /** Writes a record; `index` -1: the writer no longer waits for the result. */
  write(world: number[], id: number, index: number, wrong: Verdict[]): void {
    const state = index < 0 ? undefined : this.processes.facts(world[placeOf(index) + PROCESS]!).state
    const [before, record] = [this.records.at(world[STORE]!), this.records.at(id)!]
    const isSignInOrOut = record.because === 'signed-out' || record.family !== before?.family
    const isAccountWrite = index < 0 ? isSignInOrOut : state === 'writing'
    wrong.push(...checkWrite(before, record, isAccountWrite, this.server, world[SERVER]!))
    const overtaken = index >= 0 && (world[placeOf(index) + FLAGS]! & OVERTAKEN) !== 0
    if (state === 'requiringReauth') wrong.push(...this.checkReauth(before, record))
    if (state === 'requiringReauth' && overtaken && this.isArriving(world, index)) wrong.push('HASTY')
    const { faults, losesLeases } = this.configuration
    const losable = !losesLeases || state === 'leasing' || state === 'renewingLease'
    if (faults.failover) world[BACK] = losable ? world[STORE]! : 0
    this.put(world, id, index)
  }

  /** Returns how long no refresh may be sent, by the stored record, in ms. */
  blockedMs(world: World): number {
    return (this.records.at(world[STORE]!)?.refusals?.nextTryAtMs ?? 0) - NOW.nowMs
  }

  /** Does a process send a refresh that is not forced before the instant that a refusal set? */
  isRushed(world: World, index: number, refresh_token: string): boolean {
    const job = this.configuration.programs[index]!.jobs[world[placeOf(index) + JOB]!]
    const isStored = this.records.at(world[STORE]!)?.tokens.refresh_token === refresh_token
    return isStored && this.blockedMs(world) > 0 && !!job && 'request' in job && !job.request.force
  }

  /** Is it wrong to conclude that the user must sign in again? */
  checkReauth(before: TokenRecord | undefined, { inDoubt, refusals }: TokenRecord): Verdict[] {
    const { status, obtainedAtMs, generation, rejectedGeneration, tokens } = before ?? {}
    const endsAtMs = (obtainedAtMs ?? 0) + (tokens?.expires_in ?? 0) * 1000
    const works = status === 'live' && rejectedGeneration !== generation && endsAtMs > NOW.nowMs + 60_000
    const { count = 0, firstAtMs = 0 } = refusals ?? {}
    const isEarly = !this.configuration.faults.refused || count < 3 || NOW.nowMs - firstAtMs < 600_000
    return [...(works ? ['COST'] : []), ...(inDoubt && status === 'live' && isEarly ? ['DOUBT'] : [])]
  }

  /** Are new tokens on their way to another process that can store them? */
  isArriving(world: World, except: number): boolean {
    return [...this.running(world)].some(index => {
      const at = placeOf(index)
      if (index === except || world[at + FLAGS]! & PAUSED) return false
      const arriving = [RESPONSE, REQUEST_RESPONSE].map(response =>
        this.#bitOfResponse(world[at + response]!),
      )
      const { unsaved } = this.processes.facts(world[at + PROCESS]!)
      return ((arriving[0]! | arriving[1]! | unsaved) & this.freshBits(world[SERVER]!)) !== 0
    })
  }

  /** Returns the refresh token in a response, as a bit. */
  #bitOfResponse(id: number): number {
    const { bit } = id > 0 ? this.responses.at(id) : {}
    return bit === undefined ? 0 : 1 << bit
  }

  /** Replaces the stored record, and notifies the processes that wait for that. */
  put(world: number[], id: number, by: number): void {
    if (world[STORE] === id) return
    world[STORE] = id
    for (const index of this.running(world)) {
      const at = placeOf(index)
      const waits = this.processes.facts(world[at + PROCESS]!).effect?.type === 'wait'
      if (index !== by && waits) world[at + FLAGS]! |= CHANGED
    }
  }

  /** The server receives a request to renew `generation`. */
  serve(world: number[], bit: number, generation: number, wrong: Verdict[]): Response {
    const verdict = this.server.refresh(world[SERVER]!, bit, generation)
    world[SERVER] = verdict.server
    wrong.push(...verdict.events)
    const { refreshes } = this.configuration
    const stored = this.records.at(world[STORE]!)
    const due =
      stored?.generation !== generation ||
      stored.rejectedGeneration === generation ||
      this.remainingMs(world) < EARLY_MS
    const extra = refreshes === undefined ? this.#faultless && !due : verdict.bit > refreshes
    if (verdict.tokens && extra) wrong.push('EXTRA')
    return served(verdict)
  }

  #revoke(world: number[], refresh_token: string | undefined, wrong: Verdict[]): void {
    if (refresh_token === undefined) return
    world[SERVER] = this.server.revoke(world[SERVER]!, bitOf(refresh_token))
    const { family, status = 'signedOut' } = this.records.at(world[STORE]!) ?? {}
    if (family === `L${refresh_token[1]}` && status !== 'signedOut') wrong.push('REVOKED')
  }

  #release(world: number[], index: number): void {
    for (const lock of [LOCKS, LOCKS + 1]) if (world[lock] === index + 1) world[lock] = 0
  }

  /** Loses a request or its response, without an error. */
  silence(world: number[], index: number): void {
    const at = placeOf(index)
    world[at + PHASE] = SILENT
    world[at + RESPONSE] = 0
    world[at + DUE] = SEND_DEADLINE_MS
  }

  /** The server takes long to respond to a request. */
  slow(world: number[], index: number): void {
    const at = placeOf(index)
    world[at + PHASE] = world[at + PHASE] === RESPONDED ? SLOW_RESPONDED : SLOW
    world[at + DUE] = SLOW_MS
  }

  /** The process learns that there is no response yet. Its request goes on. */
  pending(world: number[], index: number, wrong: Verdict[]): void {
    const at = placeOf(index)
    const request = [
      world[at + PHASE] === SLOW_RESPONDED ? RESPONDED : FLYING,
      world[at + RESPONSE]!,
    ] as const
    this.emit(world, index, RESULTS.pending, wrong)
    world[at + REQUEST_PHASE] = request[0]
    world[at + REQUEST_RESPONSE] = request[1]
  }

  /** Passes the result of its effect to a process. */
  emit(world: number[], index: number, { name, message }: Response, wrong: Verdict[]): void {
    this.enter(
      world,
      index,
      this.processes.step(world[placeOf(index) + PROCESS]!, index, name, message),
      wrong,
    )
  }

  /** Applies a step of a process to the world. */
  enter(world: number[], index: number, { process, wrong: mistake, ended }: Stepped, wrong: Verdict[]): void {
    const at = placeOf(index)
    if (mistake) wrong.push(mistake)
    world[at + PROCESS] = process
    world[at + PHASE] = world[at + RESPONSE] = world[at + DUE] = PENDING
    world[at + FLAGS]! &= ~CHANGED
    if (mistake?.startsWith('THROWN')) return this.crash(world, index)
    if (ended) return this.#end(world, index, ended, wrong)
    const { effect } = this.processes.facts(process)
    if (effect?.type === 'lock') world[at + DUE] = effect.waitMs
    if (effect?.type === 'refresh') {
      const { faults, swift } = this.configuration
      world[at + PHASE] = faults.pause && !swift ? PENDING : FLYING
    }
    if (effect?.type === 'await') {
      world[at + PHASE] = world[at + REQUEST_PHASE]!
      world[at + RESPONSE] = world[at + REQUEST_RESPONSE]!
      world[at + REQUEST_PHASE] = world[at + REQUEST_RESPONSE] = 0
    }
  }

  #end(world: number[], index: number, ended: NonNullable<Stepped['ended']>, wrong: Verdict[]): void {
    const at = placeOf(index)
    const number = world[at + JOB]!
    const job = this.configuration.programs[index]!.jobs[number]
    if (!job) return // it was the last read
    world[at + JOB] = number + 1
    world[at + FLAGS]! &= ~OVERTAKEN
    const { code, access, family, generation = 0 } = ended
    if (code === 'reauth_required') world[at + FLAGS]! |= REAUTH_REPORTED
    if ('write' in job && code === undefined) world[at + FLAGS]! |= ACKNOWLEDGED
    if (access !== undefined && `L${access[1]}` !== family) wrong.push('CROSSED')
    if ('request' in job && access !== undefined && job.request.rejected === access) wrong.push('STALE')
    if (code !== undefined) wrong.push(`FAILED:${code}`)
    if (world[LOCKS] === index + 1 || world[LOCKS + 1] === index + 1) wrong.push('LOCK-LEFT')
    if (!this.#storeWorks) return
    const stored = this.records.at(world[STORE]!)
    if (stored?.family === family && (stored?.generation ?? generation) < generation) wrong.push('UNSAVED')
    const { id, ttlMs = 0 } = stored?.lease ?? {}
    if (id === `p${index}#${number}` && ttlMs > 0) wrong.push('LEASE-LEFT')
  }

  /** A process crashes: its locks are released, and its request may still arrive. */
  crash(world: number[], index: number): void {
    const at = placeOf(index)
    const facts = world[at + PROCESS]! > 0 ? this.processes.facts(world[at + PROCESS]!) : undefined
    const phases = [world[at + PHASE]!, world[at + REQUEST_PHASE]!]
    if (facts?.sent !== undefined && phases.some(phase => phase === FLYING || phase === SLOW)) {
      const slot = world[LATE_REQUESTS] === 0 ? LATE_REQUESTS : LATE_REQUESTS + 1
      world[slot] = bitOf(facts.sent) + 32 * facts.generation + 1
    }
    this.#release(world, index)
    const flags = CRASHED | (world[at + FLAGS]! & ACKNOWLEDGED)
    world.fill(0, at, at + WIDTH)
    world[at + FLAGS] = flags
  }

  /** Lets time pass. */
  pass(world: number[], ms: number): void {
    const awake = this.#tables.time(ms)
    if (ms >= SEND_DEADLINE_MS && !this.configuration.delayed)
      world[LATE_REQUESTS] = world[LATE_REQUESTS + 1] = 0
    for (const at of RECORDS) world[at] = this.records.change(world[at]!, awake)
    for (const index of this.running(world)) {
      const at = placeOf(index)
      const asleep = this.configuration.sleep && (world[at + FLAGS]! & PAUSED) !== 0
      world[at + PROCESS] = this.processes.change(
        world[at + PROCESS]!,
        asleep ? this.#tables.time(ms, true) : awake,
      )
      if (!asleep) world[at + DUE] = Math.max(0, world[at + DUE]! - ms)
      for (const response of [at + RESPONSE, at + REQUEST_RESPONSE])
        if (world[response]! > 0) world[response] = this.responses.change(world[response]!, awake)
    }
  }

  /** Removes what no longer matters. */
  forget(world: number[]): void {
    const fresh = this.freshBits(world[SERVER]!)
    for (const index of this.running(world)) world[placeOf(index) + RECEIVED]! &= fresh
    const [a, b] = [world[LATE_REQUESTS]!, world[LATE_REQUESTS + 1]!]
    if (a > b) [world[LATE_REQUESTS], world[LATE_REQUESTS + 1]] = [b, a]
    if (budgetOf(world, 'failover') === 0) world[BACK] = 0
  }
}
