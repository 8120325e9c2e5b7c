// A world is a short list of integers of 32 bits: those of all processes together, and the same few numbers for each process.
import type { Policy } from './server.ts'
import type { Program } from './process.ts'

export type World = readonly number[]

/** What the adversary may do, each as often as the configuration allows. */
export const FAULTS = [
  /** A process crashes; its request may still arrive, for as long as the process would have waited. */
  'crash',
  /** A process pauses for any time. */
  'pause',
  /** A request never reaches the server. */
  'lostRequest',
  /** The response never reaches the process. */
  'lostResponse',
  /** The store loses the last write that it acknowledged. */
  'failover',
  /** The store does not respond to a request, and carries it out then, later or never. */
  'storeError',
  /** The store can be read but not written, for any time. */
  'storeDown',
  /** The store cannot say that a write will last. */
  'unconfirmed',
  /** The server asks for no request for 20 s. */
  'throttled',
  /** Only the refresh token of a response is readable. */
  'garbled',
  /** The store loses everything. */
  'flush',
  /** The server refuses with an unknown error code, and processes nothing. */
  'refused',
  /** A firewall responds in place of the server. */
  'firewall',
  /** The server grants tokens of another account. */
  'stranger',
  /** The server takes 9 s longer to respond. */
  'slow',
  /** The server asks for a nonce (RFC 9449 section 8), and processes nothing; the driver sends once more. */
  'nonce',
] as const
export type Fault = (typeof FAULTS)[number]

/** The most often that one fault can happen: `BUDGET` has two bits for each. */
export const MAX_FAULT = 3

export interface Configuration {
  readonly policy: Policy
  readonly programs: readonly Program[]
  readonly faults: Partial<Readonly<Record<Fault, number>>>
  /** How long the access token has left at first, in ms. */
  readonly remainingMs?: number
  /** The most refreshes that are needed, while no time passes. */
  readonly refreshes?: number
  /** The request of a crashed process may arrive at any time. */
  readonly delayed?: true
  /** The store loses only the writes of leases. */
  readonly losesLeases?: true
  /** A paused process sleeps with its computer: its monotonic clock stops. */
  readonly sleep?: true
  /** Processes pause only before they decide to send, so that a check of their lease detects it. */
  readonly swift?: true
}

// Of all processes together.
export const STORE = 0
/** The record that the store would fall back to. */
export const BACK = 1
export const SERVER = 2
/** The index plus 1 of the process that holds the lock, for each of two scopes. */
export const LOCKS = 3
/** How often each fault may still happen, two bits each. */
export const BUDGET = 5
export const DOWN = 6
/** The requests of two crashed processes. */
export const LATE_REQUESTS = 7
/** A write that is on its way: the expected record and the new one. */
export const LATE = 9
export const HEAD = 11
/** The positions that hold records. */
export const RECORDS: readonly number[] = [STORE, BACK, LATE, LATE + 1]

// Of each process.
export const JOB = 0
export const PROCESS = 1
export const PHASE = 2
export const RESPONSE = 3
/** In how many ms the process stops waiting. */
export const DUE = 4
export const FLAGS = 5
/** The refresh tokens that it received and that were never exchanged, as bits. */
export const RECEIVED = 6
/** The phase and the response of a request that is under way while the process extends its lease. */
export const REQUEST_PHASE = 7
export const REQUEST_RESPONSE = 8
export const WIDTH = 9

/** Returns where the numbers of a process begin. */
export function placeOf(index: number): number {
  return HEAD + index * WIDTH
}

// Flags.
export const CRASHED = 1
export const PAUSED = 2
/** The record has changed while it waited. */
export const CHANGED = 4
/** A caller got the error that the user must sign in again. */
export const REAUTH_REPORTED = 8
/** A sign-in or sign-out was acknowledged. */
export const ACKNOWLEDGED = 16
/** Its refresh token was rejected while new tokens were arriving at another running process. */
export const OVERTAKEN = 32

// Phases of an effect.
export const PENDING = 0
export const FLYING = 1
export const RESPONDED = 2
export const SILENT = 3
export const COMPARED = 4
/** The server takes long; it may receive the request meanwhile. */
export const SLOW = 5
/** The server has received the request, and takes long to respond. */
export const SLOW_RESPONDED = 6

export function budgetOf(world: World, fault: Fault): number {
  return (world[BUDGET]! >> (2 * FAULTS.indexOf(fault))) & MAX_FAULT
}

export function spend(world: number[], fault: Fault): void {
  world[BUDGET] = (world[BUDGET]! - (1 << (2 * FAULTS.indexOf(fault)))) | 0
}
