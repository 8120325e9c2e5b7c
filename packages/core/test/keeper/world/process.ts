// Processes that run the shipped machines. The state of a process is a number, and each step from it is computed once.
import {
  accountWriteMachine,
  type AccountWriteState,
  type AccountWrite,
} from '../../../src/keeper/account-write.ts'
import type { Flight, Capabilities, RefreshRequest } from '../../../src/keeper/flight.ts'
import type { KeeperEffect, KeeperMessage, KeeperState } from '../../../src/keeper/states.ts'
import type { Memory } from '../../../src/keeper/memory.ts'
import type { Owner, TokenRecord } from '../../../src/keeper/record.ts'
import { refreshMachine } from '../../../src/keeper/refresh.ts'
import * as rules from '../../../src/keeper/rules.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import type { Rules } from '../../../src/keeper/steps.ts'
import { bitOf, LIFETIME_S, tokensOf } from './server.ts'
import { Table } from './table.ts'
import { type Change, NOW, type Values } from './time.ts'

export const OWNER: Owner = { provider: 'p', client_id: 'c', account: 'a' }

/** Returns the first record: the tokens of sign-in 0, whose access token works for `remainingMs`. */
export function firstRecord(remainingMs: number): TokenRecord {
  return {
    v: 2,
    ...OWNER,
    family: 'L0',
    generation: 1,
    status: 'live',
    sinceMs: NOW.nowMs,
    because: 'signed-in',
    tokens: tokensOf(0, 0),
    obtainedAtMs: NOW.nowMs - LIFETIME_S * 1000 + remainingMs,
    spareRefreshTokens: [],
  }
}

/** What a process does, one after the other. */
export type Job =
  | {
      /** `rejected: 'known'`: the access token that it remembers. */
      readonly request: RefreshRequest
      /** Not before the stored access token has expired. */
      readonly whenExpired?: true
      /** Not before the instant that a refusal set. */
      readonly whenAllowed?: true
    }
  | { readonly write: 'sign-in' | 'import' | 'sign-out' }

export interface Program {
  readonly jobs: readonly Job[]
  /** It remembers the first record. */
  readonly remembers: boolean
  /** The scope of the locks that it uses; absent: its store has none. */
  readonly lockScope?: string
  readonly confirm?: boolean
  /** Its store compares and writes in two separate steps. */
  readonly loose?: true
  /** How far its wall clock is ahead. */
  readonly skewMs?: number
}

type Keeper = Machine<KeeperState, KeeperMessage, KeeperEffect, never>

/** A change of the machine: without a rule, for example. */
export interface Mutation {
  readonly rules?: Partial<Rules>
  readonly wrap?: (machine: Keeper) => Keeper
}

/** A process at rest, or in a state of a machine whose effect is being performed. */
interface Running {
  readonly memory?: Memory
  readonly state?: KeeperState | AccountWriteState
  readonly effect?: KeeperEffect
}

/** The result of a step of a process. */
export interface Stepped {
  readonly process: number
  /** What is wrong with it. */
  readonly wrong?: string
  /** The run of the machine is over. */
  readonly ended?: Ended
}

export interface Ended {
  readonly id: string
  readonly code?: string
  readonly access?: string
  readonly family?: string
  readonly generation?: number
}

/** Facts about a process that are needed often. */
export interface Facts {
  readonly effect: KeeperEffect | undefined
  readonly state: string | undefined
  readonly memory: Memory | undefined
  /** Refresh tokens that it has and that are not stored yet, as bits. */
  readonly unsaved: number
  /** Refresh tokens of the record that it remembers. */
  readonly known: number
  /** The id of its lease. */
  readonly id: string | undefined
  /** The generation whose refresh token it sends, or that it obtained with it. */
  readonly generation: number
  /** The refresh token that it has sent. */
  readonly sent: string | undefined
  readonly swap: { readonly expected: number; readonly record: number } | undefined
}

/** A message to a machine, without the instant. */
export type Message = KeeperMessage extends infer M
  ? M extends KeeperMessage
    ? Omit<M, 'nowMs' | 'monotonicMs'>
    : never
  : never

/** Records as numbers; 0: no record. The number of a record is its version as well, as in a store like Redis. */
export class Records {
  readonly #table = new Table<TokenRecord>(record => record)
  readonly #tokens: number[] = []
  readonly #values: Values

  constructor(values: Values) {
    this.#values = values
  }

  idOf(record: TokenRecord): number {
    return this.#table.idOf(this.#values.changed(record, this.#values.unchanged))
  }

  at(id: number): TokenRecord | undefined {
    return id > 0 ? this.#table.at(id) : undefined
  }

  change(id: number, change: Change): number {
    if (id <= 0) return id
    return (change.records[id] ??= this.#table.idOf(this.#values.changed(this.#table.at(id), change)))
  }

  /** The refresh tokens in a record, as bits. */
  refreshTokens(id: number): number {
    if (id <= 0) return 0
    return (this.#tokens[id] ??= refreshTokensOf(this.#table.at(id)))
  }
}

const SECRET = /[AR]\d+\.\d+/

/** The processes of one configuration. */
export class Processes {
  readonly #keeper: Keeper
  readonly #accountWrite = accountWriteMachine()
  readonly #programs: readonly Program[]
  readonly #records: Records
  readonly #table = new Table<Running>(running => running)
  readonly #facts: Facts[] = []
  readonly #steps = new Map<string, Stepped>()
  readonly #values: Values

  constructor(programs: readonly Program[], records: Records, mutation: Mutation, values: Values) {
    const machine = refreshMachine({
      ...rules,
      pollIntervalMs: () => Infinity,
      ...mutation.rules,
    }) as unknown as Keeper
    this.#keeper = mutation.wrap?.(machine) ?? machine
    this.#programs = programs
    this.#records = records
    this.#values = values
  }

  /** Before its first job. */
  resting(program: Program, record: TokenRecord): number {
    const at = { ...NOW, nowMs: NOW.nowMs + (program.skewMs ?? 0) }
    const known = program.remembers ? { record, seenAt: at } : {}
    return this.#idOf({ memory: { startedAt: at, ...known } })
  }

  /** Starts a job. */
  start(process: number, index: number, job: number): Stepped {
    return this.#once(`${process}/${index}/${job}`, index, () => {
      const { memory } = this.facts(process)
      return this.#startOf(memory as Memory, index, this.#programs[index]!.jobs[job]!, job)
    })
  }

  /** Starts a last read, which stores what is unsaved and heals the store. */
  lastRead(process: number, index: number): Stepped {
    return this.#once(`${process}/${index}/lastRead`, index, () =>
      this.#startOf(this.facts(process).memory as Memory, index, { request: { readOnly: true } }, 9),
    )
  }

  step(process: number, index: number, name: string, message: Message): Stepped {
    return this.#once(`${process}:${name}:${this.#programs[index]!.skewMs ?? 0}`, index, () => {
      const { state } = this.#table.at(process)
      const skewMs = this.#programs[index]!.skewMs ?? 0
      const event = { ...message, ...NOW, nowMs: NOW.nowMs + skewMs } as KeeperMessage
      return isAccountWrite(state!)
        ? this.#accountWrite.step(state, event)
        : this.#keeper.step(state as KeeperState, event)
    })
  }

  change(process: number, change: Change): number {
    return (change.processes[process] ??= this.#table.idOf(
      this.#values.changed(this.#table.at(process), change),
    ))
  }

  facts(process: number): Facts {
    return (this.#facts[process] ??= this.#factsOf(process))
  }

  get size(): number {
    return this.#table.size
  }

  #startOf(
    memory: Memory,
    index: number,
    job: Job,
    number: number,
  ): ReturnType<Keeper['step']> | AccountWriteStep {
    const { lockScope, confirm = false } = this.#programs[index]!
    if ('write' in job) {
      const write: AccountWrite =
        job.write === 'sign-out'
          ? { type: 'sign-out', family: 'L9' }
          : {
              type: 'sign-in',
              family: 'L1',
              grant: {
                tokens: tokensOf(1, 0),
                obtainedAtMs: NOW.nowMs + (this.#programs[index]!.skewMs ?? 0),
              },
              ...(job.write === 'import' && { ifNew: true }),
            }
      return this.#accountWrite.start({ owner: OWNER, write, memory, revoke: true })
    }
    const capabilities: Capabilities = {
      ...(lockScope !== undefined && { lockScope }),
      confirm,
      revoke: true,
    }
    const request =
      job.request.rejected === 'known'
        ? { ...job.request, rejected: memory.record?.tokens.access_token ?? 'none' }
        : job.request
    const plan = { request, id: `p${index}#${number}`, owner: `p${index}`, capabilities, memory }
    return this.#keeper.start(plan as never)
  }

  #once(key: string, index: number, step: () => ReturnType<Keeper['step']> | AccountWriteStep): Stepped {
    const known = this.#steps.get(key)
    if (known) return known
    const stepped = this.#run(index, step)
    this.#steps.set(key, stepped)
    return stepped
  }

  #run(index: number, make: () => ReturnType<Keeper['step']> | AccountWriteStep): Stepped {
    try {
      const { state, effects } = make()
      const wrong = [
        ...effects.filter(effect => effect.type === 'emit' && SECRET.test(JSON.stringify(effect))),
      ].map(() => 'SECRET')
      const effect = effects.find(({ type }) => type !== 'emit')
      if (state.type !== 'done' && state.type !== 'written') {
        if (!effect) throw new Error(`there is no effect in the state '${state.type}'`)
        return { process: this.#idOf({ state, effect } as Running), ...(wrong[0] && { wrong: wrong[0] }) }
      }
      if (effect) wrong.push('THROWN')
      const process = this.#idOf({ memory: state.memory })
      const ended = endOf(state, index)
      if ('result' in state && state.result.type === 'failed' && SECRET.test(JSON.stringify(state.result)))
        wrong.push('SECRET')
      return { process, ended, ...(wrong[0] && { wrong: wrong[0] }) }
    } catch (error) {
      return { process: 0, wrong: `THROWN: ${(error as Error).message}` }
    }
  }

  #idOf(running: Running): number {
    return this.#table.idOf(this.#values.changed(running, this.#values.unchanged))
  }

  #factsOf(process: number): Facts {
    const { memory: resting, state, effect } = this.#table.at(process)
    const flight = (state as { flight?: Flight } | undefined)?.flight
    const memory = resting ?? flight?.memory ?? (state as { memory?: Memory }).memory
    const unsaved = bitsOf([flight?.granted?.tokens.refresh_token, memory?.unsaved?.tokens.refresh_token])
    const committed = state?.type === 'confirming' ? state.result : undefined
    const swap =
      effect?.type === 'swap'
        ? {
            expected: (effect.expected as number | undefined) ?? 0,
            record: this.#records.idOf(effect.record),
          }
        : undefined
    return {
      effect,
      state: state?.type,
      memory,
      unsaved,
      known: memory?.record ? refreshTokensOf(memory.record) : 0,
      id: flight?.id,
      generation: committed?.record.generation ?? flight?.leased?.record.generation ?? 0,
      sent: flight?.spareInUse ?? flight?.leased?.record.tokens.refresh_token,
      swap,
    }
  }
}

type AccountWriteStep = { state: AccountWriteState; effects: readonly KeeperEffect[] }

function isAccountWrite(state: KeeperState | AccountWriteState): state is AccountWriteState {
  return 'write' in state
}

function endOf(
  state: Extract<KeeperState | AccountWriteState, { type: 'done' | 'written' }>,
  index: number,
): Ended {
  const id = `p${index}#`
  if (!('result' in state)) return { id, ...(state.failure && { code: state.failure.code }) }
  const { result } = state
  return result.type === 'failed'
    ? { id, code: result.failure.code }
    : {
        id,
        access: result.record.tokens.access_token ?? '',
        family: result.record.family,
        generation: result.record.generation,
      }
}

function refreshTokensOf({ tokens, spareRefreshTokens }: TokenRecord): number {
  return bitsOf([tokens.refresh_token, ...spareRefreshTokens.map(({ refresh_token }) => refresh_token)])
}

export function bitsOf(names: readonly (string | undefined)[]): number {
  return names.reduce((bits, name) => (name === undefined ? bits : bits | (1 << bitOf(name))), 0)
}
