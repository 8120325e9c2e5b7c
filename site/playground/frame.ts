// What both sides look like after a number of actions.
import type { TokenRecord } from '../../packages/core/src/keeper/record.ts'

/** What happened in a step, and to which process. */
export interface Happening {
  readonly text: string
  readonly process?: number
}

/** How a process looks; its timeline has one of these for each frame. */
export type Look = 'resting' | 'reading' | 'waiting' | 'writing' | 'sending' | 'paused' | 'killed' | 'failed'

export interface Seen {
  readonly look: Look
  /** What it does, in a few words. */
  readonly text: string
  /** How many tokens its callers got, and how many errors. */
  readonly calls: number
  readonly failed: number
}

export interface Side {
  readonly processes: readonly Seen[]
  /** How many requests the server received. */
  readonly requests: number
  readonly signedOut: boolean
  readonly happened?: Happening | undefined
}

export interface Frame {
  readonly latchkey: Side
  readonly naive: Side
  readonly record: TokenRecord | undefined
  /** The processes that hold the lock of their host. */
  readonly lockHolders: readonly number[]
  readonly storeFails: boolean
  /** The next response is dropped. */
  readonly drops: boolean
  /** How long the story has lasted, in ms, and how much of that is due to this frame's step. */
  readonly clockMs: number
  readonly passedMs: number
  /** Nothing can happen any more without an action. */
  readonly isStill: boolean
}
