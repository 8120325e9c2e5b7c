import type { RotationName } from '../options.ts'

/** The state of a presented refresh token. */
export interface RefreshTokenState {
  /** When it was first used, Unix time in ms; `undefined` if it was not. */
  readonly usedAtMs: number | undefined
  /** Whether it was invalidated unused in favour of a newer one. */
  readonly retired: boolean
  /** Whether a refresh token issued for it was used, which proves that the client received it. */
  readonly succeeded: boolean
}

/**
 * What the server does:
 * - `rotate`: a new refresh token, the presented one is used;
 * - `settle`: the same, and its siblings (issued for the same predecessor) are invalidated;
 * - `add`: a new refresh token, the presented one stays valid;
 * - `echo`: a new access token with the same refresh token;
 * - `repeat`: the same tokens as before;
 * - `branch`: another refresh token besides those issued for it before;
 * - `replace`: another refresh token, those issued for it before are invalidated;
 * - `reject`: an error;
 * - `revoke`: an error, and no token of the whole family works any more.
 */
export type RotationAction =
  'rotate' | 'settle' | 'add' | 'echo' | 'repeat' | 'branch' | 'replace' | 'reject' | 'revoke'

/** The actions of a policy for an unused token, one reused in the grace window, and one reused later. */
interface RotationPolicy {
  readonly unused: RotationAction
  /** Within the grace window, while no token issued for it was used. */
  readonly reusedInGrace: RotationAction
  readonly reused: RotationAction
}

const ECHO: RotationPolicy = { unused: 'echo', reusedInGrace: 'echo', reused: 'echo' }
const SINGLE: RotationPolicy = { unused: 'rotate', reusedInGrace: 'reject', reused: 'reject' }

/**
 * Servers with a grace window respond to a reused refresh token with the same tokens, with additional ones, or with
 * ones that replace the first. With additional tokens, either all of them stay valid, so that two clients that raced
 * do not invalidate each other (`grace-all`; Ory documents this), or only the first one that is used (`grace-first`).
 */
const ROTATIONS: Readonly<Record<RotationName, RotationPolicy>> = {
  'rotate-keep-old': { unused: 'add', reusedInGrace: 'add', reused: 'add' },
  'rotate-revoke-old': SINGLE,
  'echo-same': ECHO,
  none: ECHO,
  single: SINGLE,
  strict: { unused: 'rotate', reusedInGrace: 'revoke', reused: 'revoke' },
  'grace-same': { unused: 'rotate', reusedInGrace: 'repeat', reused: 'revoke' },
  'grace-all': { unused: 'rotate', reusedInGrace: 'branch', reused: 'revoke' },
  'grace-first': { unused: 'settle', reusedInGrace: 'branch', reused: 'revoke' },
  'grace-latest': { unused: 'rotate', reusedInGrace: 'replace', reused: 'revoke' },
}

/** Returns the action for a presented refresh token. Times are in ms. */
export function chooseAction(
  rotation: RotationName,
  graceMs: number,
  token: RefreshTokenState,
  nowMs: number,
): RotationAction {
  const policy = ROTATIONS[rotation]
  if (token.usedAtMs === undefined && !token.retired) return policy.unused
  const inGrace = token.usedAtMs !== undefined && !token.succeeded && nowMs - token.usedAtMs < graceMs
  return inGrace ? policy.reusedInGrace : policy.reused
}
