// The results of effects; those that are on their way are stored as numbers.
import type { Message, Records } from './process.ts'
import { tokensOf, type Verdict as Served } from './server.ts'
import { Table } from './table.ts'
import { type Change, NOW } from './time.ts'

export interface Response {
  /** Responses with the same name are the same. */
  readonly name: string
  readonly message: Message
  /** The refresh token in it, by its number. */
  readonly bit?: number
}

const transient = { code: 'transient', message: 'm' } as const

/** Results without content. */
export const RESULTS = {
  storeFailed: {
    name: 'storeFailed',
    message: { type: 'storeFailed', failure: { code: 'store_unavailable', message: 'm' } },
  },
  locked: { name: 'locked', message: { type: 'locked' } },
  busy: { name: 'busy', message: { type: 'busy' } },
  woke: { name: 'woke', message: { type: 'woke' } },
  durable: { name: 'durable', message: { type: 'confirmed', durable: true } },
  unconfirmed: { name: 'unconfirmed', message: { type: 'confirmed', durable: false } },
  revoked: { name: 'revoked', message: { type: 'revoked' } },
  unlocked: { name: 'unlocked', message: { type: 'unlocked' } },
  indeterminate: {
    name: 'indeterminate',
    message: { type: 'failed', outcome: 'indeterminate', failure: { ...transient, status: 502 } },
  },
  pending: { name: 'pending', message: { type: 'pending', isQueued: false } },
  notSent: { name: 'notSent', message: { type: 'failed', outcome: 'notSent', failure: transient } },
  refused: {
    name: 'invalid_grant',
    message: { type: 'failed', outcome: 'invalidGrant', failure: { code: 'invalid_grant', message: 'm' } },
  },
  unrecognized: {
    name: 'unrecognized',
    message: {
      type: 'failed',
      outcome: 'refused',
      failure: { code: 'unrecognized', message: 'm', status: 400 },
    },
  },
  firewall: {
    name: 'firewall',
    message: {
      type: 'failed',
      outcome: 'unreadable',
      failure: { code: 'unrecognized', message: 'm', status: 403, isWordless: true },
    },
  },
  stranger: {
    name: 'stranger',
    message: { type: 'granted', tokens: { ...tokensOf(1, 0), account_id: 'another' } },
  },
  throttled: {
    name: 'throttled',
    message: {
      type: 'failed',
      outcome: 'throttled',
      failure: { ...transient, status: 429, retryAtMs: NOW.nowMs + 20_000 },
    },
  },
} as const satisfies Record<string, Response>

/** Returns the response of the server. */
export function served({ tokens, bit }: Served): Response {
  if (!tokens) return RESULTS.refused
  // A server that does not rotate sends the same refresh token with each access token.
  return { name: `${tokens.access_token} ${tokens.refresh_token}`, message: { type: 'granted', tokens }, bit }
}

/** Returns a response with new tokens of which only the refresh token could be read. */
export function garbled(refresh_token: string, truncated: boolean): Response {
  return {
    name: `garbled ${refresh_token} ${truncated}`,
    message: {
      type: 'failed',
      outcome: 'indeterminate',
      failure: { code: 'indeterminate', message: 'm' },
      salvaged: { refresh_tokens: [refresh_token], truncated },
    },
  }
}

export function found(records: Records, version: number): Response {
  const record = records.at(version)
  return { name: `found ${version}`, message: { type: 'found', stored: record && { record, version } } }
}

/** Responses that are on their way. */
export class Responses {
  readonly #records: Records
  readonly #table = new Table<Response>(({ name }) => name)

  constructor(records: Records) {
    this.#records = records
  }

  idOf(response: Response): number {
    return this.#table.idOf(response)
  }

  at(id: number): Response {
    return this.#table.at(id)
  }

  swapped(version: number): number {
    return this.idOf({ name: `swapped ${version}`, message: { type: 'swapped', version } })
  }

  refused(version: number): number {
    const record = this.#records.at(version)
    const current = record && { record, version }
    return this.idOf({ name: `refused ${version}`, message: { type: 'conflicted', stored: current } })
  }

  /** Returns a response after a change of the records in it. */
  change(id: number, change: Change): number {
    return (change.responses[id] ??= this.#changed(id, change))
  }

  #changed(id: number, change: Change): number {
    const { message } = this.at(id)
    if (message.type === 'swapped')
      return this.swapped(this.#records.change(message.version as number, change))
    if (message.type === 'conflicted')
      return this.refused(this.#records.change((message.stored?.version ?? 0) as number, change))
    return id
  }
}
