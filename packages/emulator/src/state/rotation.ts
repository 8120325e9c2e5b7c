import type { RotationName } from '../options.ts'

/** What the server knows of a refresh token when somebody presents it. */
export interface Presented {
  /** When it was first exchanged, Unix time in milliseconds; absent while it never was. */
  readonly spentAtMs: number | undefined
  /** Whether it was withdrawn in favour of a newer one without ever having been exchanged. */
  readonly retired: boolean
  /** Whether one of the refresh tokens issued for it was exchanged in turn: then its holder has received them. */
  readonly succeeded: boolean
}

/**
 * What the server does:
 * - `rotate`: a new refresh token, the presented one is spent;
 * - `settle`: the same, and those issued beside the presented one are withdrawn;
 * - `add`: a new refresh token, the presented one stays good;
 * - `echo`: a new access token with the same refresh token;
 * - `repeat`: the very tokens issued for it before;
 * - `branch`: one more new refresh token beside those issued for it before;
 * - `replace`: one more new refresh token, those issued for it before are withdrawn;
 * - `refuse`: an error;
 * - `revoke`: an error, and no token of the whole family works any more.
 */
export type Verdict =
  'rotate' | 'settle' | 'add' | 'echo' | 'repeat' | 'branch' | 'replace' | 'refuse' | 'revoke'

/** A policy: what is done with a token never used before, with one used just now, and with one used too long ago. */
interface Rotation {
  readonly fresh: Verdict
  /** Within the grace window, and while nothing issued for it has been used. */
  readonly reusedInGrace: Verdict
  readonly reused: Verdict
}

const ECHO: Rotation = { fresh: 'echo', reusedInGrace: 'echo', reused: 'echo' }
const SINGLE: Rotation = { fresh: 'rotate', reusedInGrace: 'refuse', reused: 'refuse' }

/**
 * Servers with a grace window answer a refresh token that comes again in three ways: with the same answer, with
 * one more, or with one more in place of the first. Of those that give one more, some let every line go on by
 * itself, so that two clients which raced never end each other (`grace-all`; Ory documents this), and some hold
 * on to one line: the first of the several that is used wins (`grace-first`).
 */
const ROTATIONS: Readonly<Record<RotationName, Rotation>> = {
  'rotate-keep-old': { fresh: 'add', reusedInGrace: 'add', reused: 'add' },
  'rotate-revoke-old': SINGLE,
  'echo-same': ECHO,
  none: ECHO,
  single: SINGLE,
  strict: { fresh: 'rotate', reusedInGrace: 'revoke', reused: 'revoke' },
  'grace-same': { fresh: 'rotate', reusedInGrace: 'repeat', reused: 'revoke' },
  'grace-all': { fresh: 'rotate', reusedInGrace: 'branch', reused: 'revoke' },
  'grace-first': { fresh: 'settle', reusedInGrace: 'branch', reused: 'revoke' },
  'grace-latest': { fresh: 'rotate', reusedInGrace: 'replace', reused: 'revoke' },
}

/** Decides by the policy in force what becomes of a presented refresh token. Times are milliseconds. */
export function decide(rotation: RotationName, graceMs: number, token: Presented, nowMs: number): Verdict {
  const policy = ROTATIONS[rotation]
  if (token.spentAtMs === undefined && !token.retired) return policy.fresh
  const inGrace = token.spentAtMs !== undefined && !token.succeeded && nowMs - token.spentAtMs < graceMs
  return inGrace ? policy.reusedInGrace : policy.reused
}
