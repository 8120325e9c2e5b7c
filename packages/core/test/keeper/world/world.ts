// A world of processes, a store, locks and a server, as a short list of numbers, and everything that can happen next.
import type { TokenRecord } from '../../../src/keeper/record.ts'
import {
  type Message,
  type Mutation,
  OWNER,
  Processes,
  type Program,
  Records,
  type Stepped,
} from './process.ts'
import { bitOf, LIFETIME_S, type Policy, Server, tokensOf } from './server.ts'
import { Table } from './table.ts'
import { type Change, changeOf, NOW } from './time.ts'
import { checkWrite, isCrossed, type Verdict } from './verdicts.ts'

/** What an adversary may do, so many times each. */
export const FAULTS = [
  'crash',
  'pause',
  'lostRequest',
  'lostResponse',
  'failover',
  'storeError',
  'storeDown',
  'unconfirmed',
  'throttled',
  'garbled',
  'flush',
] as const
export type Fault = (typeof FAULTS)[number]

export interface Configuration {
  readonly policy: Policy
  readonly programs: readonly Program[]
  readonly faults: Partial<Readonly<Record<Fault, number>>>
  /** How long the access token has left at first, in ms. */
  readonly leftMs?: number
  /** At most so many grants, as no time passes. */
  readonly grants?: number
  /** A process that pauses sleeps with its machine: its monotonic clock stands still. */
  readonly sleep?: true
}

export type World = readonly number[]

/** What can happen, and to what it leads. */
export interface Move {
  readonly label: string
  readonly world: number[]
  readonly verdicts: readonly Verdict[]
  /** The adversary's doing: nothing depends on its happening. */
  readonly adverse: boolean
}

const STORE = 0
const BACK = 1
const SERVER = 2
const LOCKS = 3
const BUDGET = 5
const DOWN = 6
const ZOMBIES = 7
const LATE = 9
const HEAD = 11
/** Where a world names records. */
const RECORDS = [STORE, BACK, LATE, LATE + 1]

const JOB = 0
const PROCESS = 1
const PHASE = 2
const ANSWER = 3
const DUE = 4
const FLAGS = 5
const GOT = 6
const WIDTH = 7

const DEAD = 1
const PAUSED = 2
const CHANGED = 4
const TOLD = 8
const ACKNOWLEDGED = 16

const UNSENT = 0
const FLYING = 1
const ANSWERED = 2
const SILENT = 3
const COMPARED = 4

const SEND_DEADLINE_MS = 10_000

const transient = { code: 'transient', message: 'm' } as const
const AMBIGUOUS: Message = { type: 'failed', outcome: 'ambiguous', failure: { ...transient, status: 502 } }
const NOT_SENT: Message = { type: 'failed', outcome: 'unsent', failure: transient }
const REFUSED: Message = { type: 'failed', outcome: 'dead', failure: { code: 'invalid_grant', message: 'm' } }
const THROTTLED: Message = {
  type: 'failed',
  outcome: 'throttled',
  failure: { ...transient, status: 429, retryAtMs: NOW.nowMs + 20_000 },
}
const STORE_FAILED: Message = { type: 'storeFailed', failure: { code: 'store_unavailable', message: 'm' } }

function garbled(refresh_token: string, truncated: boolean): Message {
  return {
    type: 'failed',
    outcome: 'ambiguous',
    failure: { code: 'outcome_unknown', message: 'm' },
    salvaged: { refresh_tokens: [refresh_token], truncated },
  }
}

interface Answer {
  readonly name: string
  readonly message: Message
  /** The refresh token in it, by number. */
  readonly bit?: number
}

/** The worlds of one configuration. */
export class Model {
  readonly start: World
  readonly server: Server
  readonly records: Records
  readonly processes: Processes
  readonly #configuration: Configuration
  readonly #faultless: boolean
  readonly #storeWorks: boolean
  readonly #programs: readonly Program[]
  readonly #scopes: readonly string[]
  readonly #answers = new Table<Answer>()
  readonly #fresh = new Map<number, number>()
  readonly #finals = new Map<string, Verdict[]>()
  readonly #symmetries: readonly { readonly names: readonly number[]; readonly change: Change }[]
  readonly #times = new Map<number, Change>()

  constructor(configuration: Configuration, mutation: Mutation = {}) {
    const { policy, programs, faults, leftMs = -1000 } = configuration
    this.#configuration = configuration
    this.#faultless = Object.keys(faults).length === 0
    this.#storeWorks = !faults.flush && !faults.failover && !faults.storeError && !faults.storeDown
    this.#programs = programs
    this.#scopes = [
      ...new Set(programs.map(({ lockScope }) => lockScope).filter(scope => scope !== undefined)),
    ]
    const skews = programs.map(({ skewMs = 0 }) => skewMs)
    const slackMs = Math.max(0, ...skews) - Math.min(0, ...skews)
    this.server = new Server(policy, 2)
    this.records = new Records(slackMs)
    this.processes = new Processes(programs, this.records, mutation, slackMs)
    const record: TokenRecord = {
      v: 1,
      ...OWNER,
      lineage: 'L0',
      gen: 1,
      status: 'live',
      sinceMs: NOW.nowMs,
      because: 'signed-in',
      tokens: tokensOf(0, 0),
      obtainedAtMs: NOW.nowMs - LIFETIME_S * 1000 + leftMs,
      alternates: [],
    }
    const world = [this.records.idOf(record), 0, this.server.start, 0, 0, 0, 0, 0, 0, 0, 0]
    FAULTS.forEach((fault, index) => (world[BUDGET]! += (faults[fault] ?? 0) * 4 ** index))
    for (const program of programs)
      world.push(0, this.processes.resting(program, this.records.at(world[STORE]!)!), 0, 0, 0, 0, 0)
    this.start = world
    const alike = permutations(programs.length).filter(names =>
      names.every((name, index) => JSON.stringify(programs[name]) === JSON.stringify(programs[index])),
    )
    this.#symmetries = alike.map(names => {
      const change: Change = changeOf({
        wallMs: 0,
        monotonicMs: 0,
        names,
        version: version => this.records.change(version, change),
      })
      return { names, change }
    })
  }

  /** The same world with processes that differ in nothing in a fixed order, and how they are called in it. */
  canonical(world: World): { key: string; world: World; names: readonly number[] } {
    let best = world
    let called = this.#symmetries[0]!.names
    for (let at = 1; at < this.#symmetries.length; at++) {
      const { names, change } = this.#symmetries[at]!
      const renamed = this.#renamed(world, names, change)
      if (isBefore(renamed, best)) [best, called] = [renamed, names]
    }
    return { key: best.join(), world: best, names: called }
  }

  #renamed(world: World, names: readonly number[], change: Change): number[] {
    const after = world.slice()
    for (let at = 0; at < RECORDS.length; at++)
      after[RECORDS[at]!] = this.records.change(world[RECORDS[at]!]!, change)
    for (let at = LOCKS; at < LOCKS + 2; at++) if (world[at]! > 0) after[at] = names[world[at]! - 1]! + 1
    for (let from = 0; from < names.length; from++) {
      const [source, target] = [HEAD + from * WIDTH, HEAD + names[from]! * WIDTH]
      for (let at = 0; at < WIDTH; at++) after[target + at] = world[source + at]!
      if (world[source + PROCESS]! > 0)
        after[target + PROCESS] = this.processes.change(world[source + PROCESS]!, change)
      if (world[source + ANSWER]! > 0) after[target + ANSWER] = this.#answer(world[source + ANSWER]!, change)
    }
    return after
  }

  /** An answer on its way, after a change of the records in it. */
  #answer(id: number, change: Change): number {
    return (change.answers[id] ??= this.#answerOf(id, change))
  }

  #answerOf(id: number, change: Change): number {
    const { message } = this.#answers.at(id)
    if (message.type === 'swapped')
      return this.#swapped(this.records.change(message.version as number, change))
    if (message.type === 'refused')
      return this.#refused(this.records.change((message.current?.version ?? 0) as number, change))
    return id
  }

  #swapped(version: number): number {
    return this.#answers.idOf({ name: `swapped${version}`, message: { type: 'swapped', version } })
  }

  #refused(version: number): number {
    const record = this.records.at(version)
    return this.#answers.idOf({
      name: `refused${version}`,
      message: { type: 'refused', current: record && { record, version } },
    })
  }

  #found(version: number): Answer {
    const record = this.records.at(version)
    return { name: `found${version}`, message: { type: 'found', stored: record && { record, version } } }
  }

  #budget(world: World, fault: Fault): number {
    return Math.floor(world[BUDGET]! / 4 ** FAULTS.indexOf(fault)) % 4
  }

  #spend(world: number[], fault: Fault): void {
    world[BUDGET]! -= 4 ** FAULTS.indexOf(fault)
  }

  freshBits(server: number): number {
    const known = this.#fresh.get(server)
    if (known !== undefined) return known
    let bits = 0
    for (const family of [0, 1])
      for (const bit of this.server.accepted(server, family))
        if (this.server.isFresh(server, bit)) bits |= 1 << bit
    this.#fresh.set(server, bits)
    return bits
  }

  /** Everything that can happen next. */
  moves(world: World): Move[] {
    const moves: Move[] = []
    const add = (
      label: string,
      adverse: boolean,
      change: (after: number[], verdicts: Verdict[]) => void,
    ): void => {
      const after = world.slice()
      const verdicts: Verdict[] = []
      change(after, verdicts)
      this.#settle(after, verdicts)
      moves.push({ label, world: after, verdicts, adverse })
    }
    /** Somebody can act without time passing, who is not paused. */
    let busy = false
    let aheadMs = Infinity

    for (let index = 0; index < this.#programs.length; index++) {
      const at = HEAD + index * WIDTH
      const name = `p${index}`
      const flags = world[at + FLAGS]!
      if (flags & DEAD) continue
      const jobs = this.#programs[index]!.jobs
      const process = world[at + PROCESS]!
      const facts = this.processes.facts(process)
      const { effect } = facts
      const paused = (flags & PAUSED) !== 0
      const over = !effect && world[at + JOB]! >= jobs.length

      if (this.#budget(world, 'crash') > 0 && !over)
        add(`${name} crashes`, true, after => {
          this.#spend(after, 'crash')
          this.#crash(after, index)
        })
      if (!effect) {
        if (over) continue
        const job = jobs[world[at + JOB]!]!
        const whenExpired = 'want' in job && job.whenExpired
        const leftMs = this.#leftMs(world)
        if (whenExpired && leftMs > 0) aheadMs = Math.min(aheadMs, leftMs)
        else {
          add(
            `${name} starts: ${'want' in job ? JSON.stringify(job.want) : job.amend}`,
            false,
            (after, verdicts) => {
              this.#enter(after, index, this.processes.start(process, index, world[at + JOB]!), verdicts)
              this.#perform(after, index, verdicts)
            },
          )
          aheadMs = Math.min(aheadMs, this.#laterMs(world, facts.memory?.backoff?.untilMonotonicMs))
        }
        continue
      }
      if (paused) {
        add(`${name} goes on`, false, after => {
          after[at + FLAGS]! &= ~PAUSED
        })
        if (effect.type === 'swap' && world[at + PHASE] === 0)
          add(`${name}'s write arrives while it is paused`, true, (after, verdicts) => {
            after[at + ANSWER] = this.#swap(after, index, verdicts)
            after[at + PHASE] = ANSWERED
          })
      } else if (this.#budget(world, 'pause') > 0)
        add(`${name} pauses`, true, after => {
          this.#spend(after, 'pause')
          after[at + FLAGS]! |= PAUSED
        })

      const act = (label: string, change: (after: number[], verdicts: Verdict[]) => void): void => {
        if (paused) return
        busy = true
        add(`${name} ${label}`, false, change)
      }
      const fault = (
        label: string,
        kind: Fault,
        change: (after: number[], verdicts: Verdict[]) => void,
      ): void => {
        if (this.#budget(world, kind) === 0) return
        add(`${name} ${label}`, true, (after, verdicts) => {
          this.#spend(after, kind)
          change(after, verdicts)
        })
      }
      const tell = (answer: Answer) => (after: number[], verdicts: Verdict[]) =>
        this.#tell(after, index, answer, verdicts)

      switch (effect.type) {
        case 'read':
          act('reads the record', (after, verdicts) => this.#perform(after, index, verdicts))
          if (!paused)
            fault(
              'cannot read the record',
              'storeError',
              tell({ name: 'storeFailed', message: STORE_FAILED }),
            )
          break
        case 'swap':
          if (world[DOWN]) {
            act(`cannot write (${facts.state})`, tell({ name: 'storeFailed', message: STORE_FAILED }))
            break
          }
          if (this.#programs[index]!.loose && world[at + PHASE] === 0) {
            act(`compares (${facts.state})`, (after, verdicts) => {
              if (after[STORE] === facts.swap!.expected) after[at + PHASE] = COMPARED
              else this.#perform(after, index, verdicts)
            })
            break
          }
          act(`writes (${facts.state})`, (after, verdicts) => this.#perform(after, index, verdicts))
          if (!paused && world[at + PHASE] !== ANSWERED)
            fault(`hears nothing of its write (${facts.state})`, 'storeError', (after, verdicts) => {
              after[LATE] = facts.swap!.expected
              after[LATE + 1] = facts.swap!.record
              this.#tell(after, index, { name: 'storeFailed', message: STORE_FAILED }, verdicts)
            })
          break
        case 'lock': {
          const scope = LOCKS + this.#scopes.indexOf(this.#programs[index]!.lockScope!)
          if (world[scope] === 0)
            act('gets the lock', (after, verdicts) => {
              after[scope] = index + 1
              this.#tell(after, index, { name: 'locked', message: { type: 'locked' } }, verdicts)
            })
          else if (world[at + DUE]! <= 0)
            act('does not get the lock', tell({ name: 'busy', message: { type: 'busy' } }))
          else if (!paused) aheadMs = Math.min(aheadMs, world[at + DUE]!)
          if (!paused)
            fault(
              'cannot ask for the lock',
              'storeError',
              tell({ name: 'storeFailed', message: STORE_FAILED }),
            )
          break
        }
        case 'wait': {
          const leftMs = effect.untilMs - NOW.monotonicMs
          if (leftMs <= 0 || (effect.orChanged && flags & CHANGED))
            act('wakes', tell({ name: 'woke', message: { type: 'woke' } }))
          else if (!paused) aheadMs = Math.min(aheadMs, leftMs)
          break
        }
        case 'confirm':
          act('hears that the write will last', (after, verdicts) => this.#perform(after, index, verdicts))
          if (!paused)
            fault(
              'hears that the write may not last',
              'unconfirmed',
              tell({ name: 'no', message: { type: 'confirmed', durable: false } }),
            )
          break
        case 'refresh': {
          const sent = effect.refresh_token!
          const phase = world[at + PHASE]!
          if (phase === UNSENT)
            act(`sends ${sent}`, after => {
              after[at + PHASE] = FLYING
            })
          if (phase === FLYING) {
            if (!paused) busy = true
            add(`the server answers ${name}'s ${sent}`, false, (after, verdicts) => {
              const answer = this.#serve(after, bitOf(sent), facts.gen, verdicts)
              after[at + ANSWER] = this.#answers.idOf(answer)
              after[at + PHASE] = ANSWERED
            })
            if (!paused) {
              fault(
                `learns that its request was lost`,
                'lostRequest',
                tell({ name: 'lost', message: AMBIGUOUS }),
              )
              fault(
                `learns that its request was not sent`,
                'lostRequest',
                tell({ name: 'unsent', message: NOT_SENT }),
              )
              fault(
                `is told to come back later`,
                'throttled',
                tell({ name: 'throttled', message: THROTTLED }),
              )
            }
            fault(`loses its request`, 'lostRequest', after => this.#silence(after, at))
          }
          if (phase === ANSWERED) {
            const answer = this.#answers.at(world[at + ANSWER]!)
            act(`gets ${answer.name}`, (after, verdicts) => {
              if (answer.bit !== undefined) after[at + GOT]! |= 1 << answer.bit
              this.#tell(after, index, answer, verdicts)
            })
            if (!paused && answer.message.type === 'granted') {
              const { refresh_token } = answer.message.tokens
              for (const truncated of [true, false])
                fault(
                  `gets no more than ${refresh_token} of a ${truncated ? 'broken off' : 'bad'} answer`,
                  'garbled',
                  (after, verdicts) => {
                    after[at + GOT]! |= 1 << answer.bit!
                    this.#tell(
                      after,
                      index,
                      {
                        name: `garbled${refresh_token}${truncated}`,
                        message: garbled(refresh_token!, truncated),
                      },
                      verdicts,
                    )
                  },
                )
            }
            if (!paused)
              fault(
                `learns that its answer was lost`,
                'lostResponse',
                tell({ name: 'lost', message: AMBIGUOUS }),
              )
            fault(`loses its answer`, 'lostResponse', after => this.#silence(after, at))
          }
          if (phase === SILENT) {
            if (world[at + DUE]! <= 0)
              act('gives up waiting for the answer', tell({ name: 'lost', message: AMBIGUOUS }))
            else if (!paused) aheadMs = Math.min(aheadMs, world[at + DUE]!)
          }
          break
        }
        case 'revoke':
          act(`revokes ${effect.tokens.refresh_token}`, (after, verdicts) =>
            this.#perform(after, index, verdicts),
          )
          break
        case 'release':
          act('releases the lock', (after, verdicts) => this.#perform(after, index, verdicts))
          break
        default:
          throw new Error(`nobody does ${effect.type}`)
      }
    }

    for (const at of [ZOMBIES, ZOMBIES + 1])
      if (world[at]! > 0)
        add('the server gets the request of one who is dead', true, (after, verdicts) => {
          const zombie = after[at]! - 1
          after[at] = 0
          this.#serve(after, zombie % 32, Math.floor(zombie / 32), verdicts)
        })
    if (world[LATE + 1]! > 0 && !world[DOWN]) {
      add('a write arrives late', true, (after, verdicts) => {
        const [expected, record] = [after[LATE]!, after[LATE + 1]!]
        after[LATE] = after[LATE + 1] = 0
        if (after[STORE] === expected) this.#write(after, record, -1, verdicts)
      })
    }
    if (world[BACK]! > 0 && this.#budget(world, 'failover') > 0)
      add('the store loses its last write', true, after => {
        this.#spend(after, 'failover')
        this.#put(after, after[BACK]!, -1)
        after[BACK] = 0
      })
    if (world[STORE]! > 0 && this.#budget(world, 'flush') > 0)
      add('the store loses everything', true, after => {
        this.#spend(after, 'flush')
        this.#put(after, 0, -1)
        after[BACK] = 0
      })
    if (!world[DOWN] && this.#budget(world, 'storeDown') > 0)
      add('the store can no longer be written', true, after => {
        this.#spend(after, 'storeDown')
        after[DOWN] = 1
      })
    if (world[DOWN])
      add('the store can be written again', true, after => {
        after[DOWN] = 0
      })
    if (!busy && aheadMs < Infinity)
      add(`${aheadMs / 1000} s pass`, false, after => this.#pass(after, aheadMs))
    return moves
  }

  /** Has everybody come to an end? */
  isOver(world: World): boolean {
    return this.#programs.every((program, index) => {
      const at = HEAD + index * WIDTH
      return (
        (world[at + FLAGS]! & DEAD) !== 0 ||
        (this.#isResting(world, at) && world[at + JOB]! >= program.jobs.length)
      )
    })
  }

  #isResting(world: World, at: number): boolean {
    return !this.processes.facts(world[at + PROCESS]!).effect
  }

  /** What is wrong with a world, wherever it came from. */
  check(world: World): Verdict[] {
    const { faults } = this.#configuration
    if (faults.failover || faults.flush) return []
    const stored = this.records.at(world[STORE]!)
    if (!stored || stored.status === 'signedOut') return []
    const family = Number(stored.lineage[1])
    let got = 0
    let held = this.records.refreshTokens(world[STORE]!)
    for (let index = 0; index < this.#programs.length; index++) {
      const at = HEAD + index * WIDTH
      if (world[at + FLAGS]! & DEAD) continue
      got |= world[at + GOT]!
      held |= this.processes.facts(world[at + PROCESS]!).unsaved
    }
    const lost = got & ~held & (family === 0 ? (1 << 15) - 1 : ~((1 << 15) - 1))
    return lost === 0 ? [] : ['LOSTTOKEN']
  }

  /** What is wrong at the end, once everybody who lives has looked at the store once more. */
  checkEnd(world: World): Verdict[] {
    const key = `${world[STORE]},${world[SERVER]},${world.slice(HEAD).join()}`
    const known = this.#finals.get(key)
    if (known) return known
    const verdicts = this.#end(world)
    this.#finals.set(key, verdicts)
    return verdicts
  }

  #end(world: World): Verdict[] {
    const verdicts: Verdict[] = []
    const after = world.slice()
    after[DOWN] = 0
    after[BUDGET] = 0
    let [got, told, signedOut, signedIn] = [0, false, false, false]
    this.#programs.forEach(({ jobs }, index) => {
      const at = HEAD + index * WIDTH
      if (after[at + FLAGS]! & ACKNOWLEDGED)
        for (const job of jobs)
          if ('amend' in job) {
            if (job.amend === 'sign-out') signedOut = true
            else signedIn = true
          }
      if (after[at + FLAGS]! & DEAD) return
      this.#enter(after, index, this.processes.look(after[at + PROCESS]!, index), verdicts)
      for (let steps = 0; !this.#isResting(after, at); steps++) {
        if (steps > 20) throw new Error('a look at the store does not end')
        this.#perform(after, index, verdicts)
      }
      got |= after[at + GOT]!
      told ||= (after[at + FLAGS]! & TOLD) !== 0
    })
    const stored = this.records.at(after[STORE]!)
    const server = after[SERVER]!
    const accepts = (bits: number): boolean =>
      [...Array(30).keys()].some(bit => (bits >> bit) & 1 && this.server.accepts(server, bit))
    if (!stored) return [...verdicts, 'LOGOUT']
    const mayBeOut = this.#programs.some(({ jobs }) =>
      jobs.some(job => 'amend' in job && job.amend === 'sign-out'),
    )
    if (signedIn && !mayBeOut && (stored.lineage !== 'L1' || stored.status === 'signedOut'))
      verdicts.push('CROSSED')
    if (signedOut && !signedIn && stored.status !== 'signedOut') verdicts.push('RESURRECT')
    const family = Number(stored.lineage[1])
    if (stored.status === 'signedOut') {
      if (this.server.accepted(server, family).length > 0) verdicts.push('ORPHAN')
      return verdicts
    }
    const inStore = this.records.refreshTokens(after[STORE]!)
    const usable = stored.status === 'live' && accepts(inStore)
    if (usable) return told ? [...verdicts, 'FLICKER'] : verdicts
    verdicts.push('LOGOUT')
    const mine = family === 0 ? (1 << 15) - 1 : ~((1 << 15) - 1)
    if (
      this.server.over(server, family) !== 'killed' &&
      accepts((got & mine & this.freshBits(server)) | inStore)
    )
      verdicts.push('LOSTTOKEN')
    if (this.server.over(server, family) === 'revoked') verdicts.push('REVOKED')
    return verdicts
  }

  /** How long until the stored access token has expired, in ms. */
  #leftMs(world: World): number {
    const stored = this.records.at(world[STORE]!)
    if (!stored || stored.status !== 'live') return 0
    return stored.obtainedAtMs + LIFETIME_S * 1000 - NOW.nowMs
  }

  /** Does the stored access token no longer work, or not for long? */
  #isDue(world: World, { rejectedGen, gen }: TokenRecord): boolean {
    return rejectedGen === gen || this.#leftMs(world) < 600_000
  }

  /** When something changes by itself for one who has not begun, in ms from now. */
  #laterMs(world: World, backoffUntilMs = 0): number {
    const { claim, notBeforeMs = 0 } = this.records.at(world[STORE]!) ?? {}
    const startedAtMs = claim && claim.ttlMs > 0 ? claim.startedAtMs : -Infinity
    return Math.min(
      ...[
        startedAtMs + (claim?.ttlMs ?? 0) - NOW.nowMs,
        startedAtMs + 86_400_001 - NOW.nowMs,
        notBeforeMs - NOW.nowMs,
        backoffUntilMs - NOW.monotonicMs,
      ].filter(ms => ms > 0),
    )
  }

  /** The effect of a process is performed, where nothing else has a say in it. */
  #perform(after: number[], index: number, verdicts: Verdict[]): void {
    const at = HEAD + index * WIDTH
    const { effect } = this.processes.facts(after[at + PROCESS]!)
    if (!effect) return
    const say = (message: Message): void =>
      this.#tell(after, index, { name: message.type, message }, verdicts)
    switch (effect.type) {
      case 'read':
        return this.#tell(after, index, this.#found(after[STORE]!), verdicts)
      case 'swap': {
        const answer =
          after[at + PHASE] === ANSWERED ? after[at + ANSWER]! : this.#swap(after, index, verdicts)
        return this.#tell(after, index, this.#answers.at(answer), verdicts)
      }
      case 'confirm':
        after[BACK] = 0
        return say({ type: 'confirmed', durable: true })
      case 'revoke':
        this.#revoke(after, effect.tokens.refresh_token, verdicts)
        return say({ type: 'revoked' })
      case 'release':
        for (const lock of [LOCKS, LOCKS + 1]) if (after[lock] === index + 1) after[lock] = 0
        return say({ type: 'released' })
      default:
        throw new Error(`a look at the store leads to ${effect.type}`)
    }
  }

  #revoke(after: number[], refresh_token: string | undefined, verdicts: Verdict[]): void {
    if (refresh_token === undefined) return
    after[SERVER] = this.server.revoke(after[SERVER]!, bitOf(refresh_token))
    const stored = this.records.at(after[STORE]!)
    if (stored?.lineage === `L${refresh_token[1]}` && stored.status !== 'signedOut') verdicts.push('REVOKED')
  }

  /** The store swaps, or refuses to: the number of its answer. */
  #swap(after: number[], index: number, verdicts: Verdict[]): number {
    const { swap } = this.processes.facts(after[HEAD + index * WIDTH + PROCESS]!)
    const compared = after[HEAD + index * WIDTH + PHASE] === COMPARED
    if (!compared && after[STORE] !== swap!.expected) return this.#refused(after[STORE]!)
    this.#write(after, swap!.record, index, verdicts)
    return this.#swapped(swap!.record)
  }

  #write(after: number[], record: number, index: number, verdicts: Verdict[]): void {
    const state = index < 0 ? undefined : this.processes.facts(after[HEAD + index * WIDTH + PROCESS]!).state
    const [before, written] = [this.records.at(after[STORE]!), this.records.at(record)!]
    const person =
      index < 0
        ? written.because === 'signed-out' || written.lineage !== before?.lineage
        : state === 'amending'
    verdicts.push(...checkWrite(before, written, person, state === 'healing', this.server, after[SERVER]!))
    if (this.#configuration.faults.failover && index >= -1) after[BACK] = after[STORE]!
    this.#put(after, record, index)
  }

  #put(after: number[], record: number, by: number): void {
    if (after[STORE] === record) return
    after[STORE] = record
    this.#programs.forEach((_, index) => {
      const at = HEAD + index * WIDTH
      if (index === by || after[at + FLAGS]! & DEAD) return
      if (this.processes.facts(after[at + PROCESS]!).effect?.type === 'wait') after[at + FLAGS]! |= CHANGED
    })
  }

  #serve(after: number[], bit: number, gen: number, verdicts: Verdict[]): Answer {
    const { server, tokens, bit: granted, events } = this.server.refresh(after[SERVER]!, bit, gen)
    after[SERVER] = server
    verdicts.push(...events)
    const { grants = Infinity } = this.#configuration
    if (tokens && bitOf(tokens.refresh_token!) > grants) verdicts.push('EXTRA')
    const stored = this.records.at(after[STORE]!)
    if (this.#faultless && stored && stored.gen === gen && !this.#isDue(after, stored)) verdicts.push('EXTRA')
    return tokens
      ? { name: `${tokens.refresh_token}`, message: { type: 'granted', tokens }, bit: granted }
      : { name: 'invalid_grant', message: REFUSED }
  }

  #silence(after: number[], at: number): void {
    after[at + PHASE] = SILENT
    after[at + ANSWER] = 0
    after[at + DUE] = SEND_DEADLINE_MS
  }

  #tell(after: number[], index: number, { name, message }: Answer, verdicts: Verdict[]): void {
    const process = after[HEAD + index * WIDTH + PROCESS]!
    this.#enter(
      after,
      index,
      this.processes.step(process, index, name, () => message),
      verdicts,
    )
  }

  /** A process is in a new state. */
  #enter(after: number[], index: number, { process, wrong, ended }: Stepped, verdicts: Verdict[]): void {
    const at = HEAD + index * WIDTH
    const job = after[at + JOB]!
    const { faults } = this.#configuration
    if (wrong) verdicts.push(wrong)
    after[at + PROCESS] = process
    after[at + PHASE] = after[at + ANSWER] = after[at + DUE] = 0
    after[at + FLAGS]! &= ~CHANGED
    if (wrong?.startsWith('THROWN')) return this.#crash(after, index)
    if (!ended) {
      const { effect } = this.processes.facts(process)
      if (effect?.type === 'lock') after[at + DUE] = effect.waitMs
      if (effect?.type === 'refresh') after[at + PHASE] = faults.pause ? UNSENT : FLYING
      return
    }
    if (after[at + JOB]! >= this.#programs[index]!.jobs.length) return // a last look
    after[at + JOB] = job + 1
    const { code, access, lineage } = ended
    const what = this.#programs[index]!.jobs[job]!
    if (code === 'reauth_required') after[at + FLAGS]! |= TOLD
    if ('amend' in what && code === undefined) after[at + FLAGS]! |= ACKNOWLEDGED
    if (access !== undefined && `L${access[1]}` !== lineage) verdicts.push('CROSSED')
    if ('want' in what && access !== undefined && what.want.rejected === access) verdicts.push('STALE')
    const now = this.records.at(after[STORE]!)
    if (this.#storeWorks && now && now.lineage === lineage && now.gen < (ended.gen ?? 0))
      verdicts.push('UNSAVED')
    if (code !== undefined) verdicts.push(`FAILED:${code}`)
    if (after[LOCKS] === index + 1 || after[LOCKS + 1] === index + 1) verdicts.push('LOCK-LEFT')
    const { claim } = this.records.at(after[STORE]!) ?? {}
    if (claim?.id === `p${index}#${job}` && claim.ttlMs > 0 && this.#storeWorks) verdicts.push('CLAIM-LEFT')
  }

  #crash(after: number[], index: number): void {
    const at = HEAD + index * WIDTH
    const facts = after[at + PROCESS]! > 0 ? this.processes.facts(after[at + PROCESS]!) : undefined
    if (facts?.effect?.type === 'refresh' && after[at + PHASE] === FLYING) {
      const zombie = bitOf(facts.effect.refresh_token!) + 32 * facts.gen + 1
      const slot = after[ZOMBIES] === 0 ? ZOMBIES : ZOMBIES + 1
      after[slot] = zombie
    }
    for (const lock of [LOCKS, LOCKS + 1]) if (after[lock] === index + 1) after[lock] = 0
    const acknowledged = after[at + FLAGS]! & ACKNOWLEDGED
    for (let field = 0; field < WIDTH; field++) after[at + field] = 0
    after[at + FLAGS] = DEAD | acknowledged
  }

  /** So much time passes. */
  #pass(after: number[], ms: number): void {
    const everybody = this.#time(ms, ms)
    for (const at of RECORDS) after[at] = this.records.change(after[at]!, everybody)
    this.#programs.forEach((_, index) => {
      const at = HEAD + index * WIDTH
      if (after[at + FLAGS]! & DEAD) return
      const asleep = this.#configuration.sleep && (after[at + FLAGS]! & PAUSED) !== 0
      after[at + PROCESS] = this.processes.change(
        after[at + PROCESS]!,
        asleep ? this.#time(ms, 0) : everybody,
      )
      if (after[at + DUE]! > 0 && !asleep) after[at + DUE] = Math.max(0, after[at + DUE]! - ms)
      if (after[at + ANSWER]! > 0) after[at + ANSWER] = this.#answer(after[at + ANSWER]!, everybody)
    })
  }

  #time(wallMs: number, monotonicMs: number): Change {
    const key = monotonicMs === 0 ? -wallMs : wallMs
    const known = this.#times.get(key)
    if (known) return known
    const change = changeOf({
      wallMs,
      monotonicMs,
      version: version => this.records.change(version, this.#time(wallMs, wallMs)),
    })
    this.#times.set(key, change)
    return change
  }

  /** What no longer matters is forgotten. */
  #settle(after: number[], _verdicts: Verdict[]): void {
    const fresh = this.freshBits(after[SERVER]!)
    this.#programs.forEach((_, index) => {
      after[HEAD + index * WIDTH + GOT]! &= fresh
    })
    if (after[ZOMBIES]! > after[ZOMBIES + 1]!)
      [after[ZOMBIES], after[ZOMBIES + 1]] = [after[ZOMBIES + 1]!, after[ZOMBIES]!]
    if (this.#budget(after, 'failover') === 0) after[BACK] = 0
  }
}

export { isCrossed }

function isBefore(a: World, b: World): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return a[at]! < b[at]!
  return false
}

function permutations(count: number): number[][] {
  if (count === 0) return [[]]
  return permutations(count - 1)
    .flatMap(rest =>
      Array.from({ length: count }, (_, at) => [...rest.slice(0, at), count - 1, ...rest.slice(at)]),
    )
    .sort((a, b) => Number(b.every((x, i) => x === i)) - Number(a.every((x, i) => x === i)))
}
