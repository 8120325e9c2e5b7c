// One refresh, step by step.
import type { Flight, Capabilities, RefreshRequest } from '../../src/keeper/flight.ts'
import type { KeeperEffect, KeeperMessage, KeeperState } from '../../src/keeper/states.ts'
import type { Instant } from '../../src/keeper/instant.ts'
import type { Memory } from '../../src/keeper/memory.ts'
import type { StoredRecord, DpopKey, TokenRecord } from '../../src/keeper/record.ts'
import { refreshMachine } from '../../src/keeper/refresh.ts'

export const AT: Instant = { nowMs: 1_700_000_000_000, monotonicMs: 50_000 }
export const OWNER = { provider: 'p', client_id: 'c', account: 'a' } as const

/** Returns a record of generation 1 whose access token expired a minute ago, with `changes`. */
export function recordWith(changes: Partial<TokenRecord> = {}): TokenRecord {
  return {
    v: 2,
    ...OWNER,
    family: 'L',
    generation: 1,
    status: 'live',
    sinceMs: AT.nowMs - 3_660_000,
    because: 'signed-in',
    tokens: { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 3600 },
    obtainedAtMs: AT.nowMs - 3_660_000,
    spareRefreshTokens: [],
    ...changes,
  }
}

export function storedWith(changes?: Partial<TokenRecord>): StoredRecord {
  return { record: recordWith(changes), version: 1 }
}

export const GRANTED = { access_token: 'access-2', refresh_token: 'refresh-2', expires_in: 3600 } as const

export type Message = KeeperMessage extends infer M
  ? M extends KeeperMessage
    ? Omit<M, 'nowMs' | 'monotonicMs'> & Partial<Pick<M, 'nowMs' | 'monotonicMs'>>
    : never
  : never

/** A refresh whose messages come from the test. */
export class Walk {
  readonly machine: ReturnType<typeof refreshMachine> = refreshMachine()
  state: KeeperState
  effects: readonly KeeperEffect[]
  /** Every event that was emitted. */
  readonly events: string[] = []

  constructor(
    request: RefreshRequest = {},
    {
      capabilities,
      memory,
      newKey,
    }: { capabilities?: Partial<Capabilities>; memory?: Partial<Memory>; newKey?: DpopKey } = {},
  ) {
    const step = this.machine.start({
      request,
      id: 'flight',
      owner: 'keeper',
      capabilities: { confirm: false, revoke: true, ...capabilities },
      memory: { startedAt: AT, ...memory },
      ...(newKey && { newKey }),
    })
    this.state = step.state
    this.effects = step.effects
  }

  /** The effect to perform now, if there is one. */
  get effect(): KeeperEffect | undefined {
    return this.effects.find(({ type }) => type !== 'emit')
  }

  get flight(): Flight {
    return (this.state as { flight: Flight }).flight
  }

  /** The record to write now. */
  get written(): TokenRecord {
    const { effect } = this
    if (effect?.type !== 'swap') throw new Error(`nothing is written in the state '${this.state.type}'`)
    return effect.record
  }

  receive(message: Message): this {
    const { state, effects } = this.machine.step(this.state, { ...AT, ...message } as KeeperMessage)
    this.state = state
    this.effects = effects
    for (const effect of effects) if (effect.type === 'emit') this.events.push(effect.event.type)
    return this
  }

  /** The store has written the record. */
  swap(version = 2): this {
    return this.receive({ type: 'swapped', version })
  }
}
