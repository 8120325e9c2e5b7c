// A world is a short list of numbers: what is common to all, and the same few numbers for each process.
import type { Policy } from './server.ts'
import type { Program } from './process.ts'

export type World = readonly number[]

/** What an adversary may do, each so many times as a configuration says. */
export const FAULTS = [
  /** A process dies; its request stays on its way, but no longer than an answer would be waited for. */
  'crash',
  /** A process stands still for as long as the adversary likes. */
  'pause',
  /** A request never reaches the server. */
  'lostRequest',
  /** The server's answer never reaches the process. */
  'lostResponse',
  /** The store loses the last write that it acknowledged. */
  'failover',
  /** The store says nothing to a request, which it may carry out then, later or never. */
  'storeError',
  /** The store can be read and not written, for as long as the adversary likes. */
  'storeDown',
  /** The store cannot say that a write will last. */
  'unconfirmed',
  /** The server asks to be left alone for 20 s. */
  'throttled',
  /** Nothing but the refresh token can be read of an answer. */
  'garbled',
  /** The store loses everything. */
  'flush',
  /** The server refuses in words that are not known, and processes nothing. */
  'refused',
  /** A firewall answers in place of the server. */
  'firewall',
  /** The server grants tokens of another account. */
  'stranger',
] as const
export type Fault = (typeof FAULTS)[number]

export interface Configuration {
  readonly policy: Policy
  readonly programs: readonly Program[]
  readonly faults: Partial<Readonly<Record<Fault, number>>>
  /** How long the access token has left at first, in ms. */
  readonly remainingMs?: number
  /** At most so many refreshes are due in it, as no time need pass. */
  readonly refreshes?: number
  /** The request of one who is dead may arrive whenever it likes. */
  readonly delayed?: true
  /** The store never loses another write than that of a claim. */
  readonly losesLeases?: true
  /** A process that pauses sleeps with its machine: its monotonic clock stands still. */
  readonly sleep?: true
  /** Processes pause only before they decide to send, which a look at their claim can make good. */
  readonly swift?: true
}

// Common to all.
export const STORE = 0
/** What the store would fall back to. */
export const BACK = 1
export const SERVER = 2
/** Who holds the lock of each of two scopes, plus 1. */
export const LOCKS = 3
/** How often each fault may still happen, two bits each. */
export const BUDGET = 5
export const DOWN = 6
/** Requests of two who are dead. */
export const ZOMBIES = 7
/** A write that is still on its way: what it expects, and what it writes. */
export const LATE = 9
export const HEAD = 11
/** Where a world names records. */
export const RECORDS: readonly number[] = [STORE, BACK, LATE, LATE + 1]

// Of each process.
export const JOB = 0
export const PROCESS = 1
export const PHASE = 2
export const ANSWER = 3
/** In so many ms it is given up. */
export const DUE = 4
export const FLAGS = 5
/** The refresh tokens that it got and that were never exchanged, as bits. */
export const GOT = 6
export const WIDTH = 7

/** Where the numbers of a process begin. */
export function placeOf(index: number): number {
  return HEAD + index * WIDTH
}

// Flags.
export const DEAD = 1
export const PAUSED = 2
/** The record has changed while it waited. */
export const CHANGED = 4
/** A caller was told to sign in again. */
export const TOLD = 8
/** A sign-in or sign-out was acknowledged. */
export const ACKNOWLEDGED = 16

/** It was refused while new tokens were arriving at somebody else who ran. */
export const OVERTAKEN = 32

// Phases of an effect.
export const PENDING = 0
export const FLYING = 1
export const ANSWERED = 2
export const SILENT = 3
export const COMPARED = 4

export function budgetOf(world: World, fault: Fault): number {
  return (world[BUDGET]! >> (2 * FAULTS.indexOf(fault))) & 3
}

export function spend(world: number[], fault: Fault): void {
  world[BUDGET]! -= 1 << (2 * FAULTS.indexOf(fault))
}
