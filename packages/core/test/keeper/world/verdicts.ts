// What can be wrong with a world, or with a step of it.
import type { TokenRecord } from '../../../src/keeper/record.ts'
import { bitsOf } from './process.ts'
import type { Server } from './server.ts'

/**
 * - `CLOBBER` a newer record was overwritten, or two sets of tokens have the same generation;
 * - `RESURRECT` a signed-out account came back without a sign-in;
 * - `CROSSED` tokens of one sign-in are kept or returned as another's;
 * - `LOSTTOKEN` a refresh token that the server would accept reached a running process, and is lost;
 * - `DEADLOCK` no process can continue; `LIVELOCK` a process continues for ever;
 * - `LEASES` the counter of leases went back; `LEASE-LEFT`, `LOCK-LEFT` a lease or a lock was not released at the end;
 * - `STALE` a caller got the access token that it had reported as rejected;
 * - `SECRET` an event or a failure has a token in it; `THROWN` the machine threw;
 * - `FAILED` a caller got an error; `EXTRA` more refreshes were sent than needed;
 * - `DUP` a refresh token was presented twice; `KILL` the server then revoked all tokens of the sign-in;
 * - `REVOKED` a process revoked tokens that are in use;
 * - `DOUBT` a user was asked to sign in again after too few refusals; `COST` although the access token works;
 * - `RUSH` a refresh was sent before the instant that a refusal set;
 * - `HASTY` a process concluded `reauth` while new tokens were arriving at another running process;
 * - `UNSAVED` a caller got tokens that were not in the store yet;
 * - `LOGOUT` the user must sign in again; `FLICKER` a caller got that error, and soon it was no longer true;
 * - `ORPHAN` after a sign-out the server would still accept a refresh token.
 */
export type Verdict = string

const families = (record: TokenRecord): string[] =>
  [
    record.tokens.refresh_token,
    record.tokens.access_token,
    ...record.spareRefreshTokens.map(a => a.refresh_token),
  ]
    .filter(name => name !== undefined)
    .map(name => name.slice(1).split('.')[0]!)

/** Does a record have tokens of another family? */
export function isCrossed(record: TokenRecord): boolean {
  return families(record).some(family => `L${family}` !== record.family)
}

/** Returns what is wrong with replacing one record by another. */
export function checkWrite(
  before: TokenRecord | undefined,
  after: TokenRecord,
  isAccountWrite: boolean,
  server: Server,
  state: number,
): Verdict[] {
  const wrong: Verdict[] = []
  if (isCrossed(after)) wrong.push('CROSSED')
  if (!before) return wrong
  const same = before.family === after.family
  if (after.generation < before.generation || (isAccountWrite && after.generation === before.generation))
    wrong.push('CLOBBER')
  if (isAccountWrite) return wrong
  if (!same && after.replacedFamily !== before.family)
    wrong.push(before.status === 'signedOut' ? 'RESURRECT' : 'CROSSED')
  if (!same) return wrong
  if (before.status === 'signedOut' && after.status !== 'signedOut') wrong.push('RESURRECT')
  const fresh = (record: TokenRecord): boolean =>
    [record.tokens.refresh_token, ...record.spareRefreshTokens.map(a => a.refresh_token)].some(
      name => name !== undefined && server.isFresh(state, Math.log2(bitsOf([name]))),
    )
  if (before.status !== 'signedOut' && after.status !== 'signedOut' && fresh(before) && !fresh(after))
    wrong.push('CLOBBER')
  if (before.generation !== after.generation) return wrong
  if (before.tokens.access_token !== after.tokens.access_token) wrong.push('CLOBBER')
  const [old, lease] = [before.lease, after.lease]
  if (old && lease && (lease.count < old.count || (lease.id !== old.id && lease.count === old.count)))
    wrong.push('LEASES')
  return wrong
}
