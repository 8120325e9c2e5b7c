// What can be wrong with a world, or with a step of it.
import type { TokenRecord } from '../../../src/keeper/record.ts'
import { bitsOf } from './process.ts'
import type { Server } from './server.ts'

/**
 * - `CLOBBER` something newer was overwritten, or one generation names two sets of tokens;
 * - `RESURRECT` a signed-out account came back to life without a sign-in;
 * - `CROSSED` tokens of one sign-in are kept or handed out as another's;
 * - `LOSTTOKEN` a refresh token that the server would take reached a process that lives, and is lost;
 * - `DEADLOCK` nobody can move; `LIVELOCK` somebody can move for ever;
 * - `LEASES` the counter of claims went back; `LEASE-LEFT`, `LOCK-LEFT` what should have been given up at the end;
 * - `STALE` a caller got the very access token that it said was refused;
 * - `SECRET` a token stands in an event or a failure; `THROWN` the machine threw;
 * - `FAILED` a caller got nothing although nothing went wrong; `EXTRA` more was asked of the server than needed;
 * - `DUP` a refresh token was presented twice; `KILL` the server then gave up all tokens of the sign-in;
 * - `REVOKED` we gave up tokens at the server that are in use;
 * - `DOUBT` a user was asked to sign in again after too few refusals; `COST` although the access token works;
 * - `RUSH` a refresh was sent before the instant that a refusal has set;
 * - `HASTY` somebody gave up while new tokens were arriving at somebody else who runs;
 * - `UNSAVED` a caller got tokens that were not in the store yet;
 * - `LOGOUT` the person must sign in again; `FLICKER` a caller was told so, and it was not true for long;
 * - `ORPHAN` after a sign-out the server would still take a refresh token.
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

/** Are the tokens of a record those of its lineage? */
export function isCrossed(record: TokenRecord): boolean {
  return families(record).some(family => `L${family}` !== record.family)
}

/** What is wrong with replacing one record by another; `person`: by a sign-in or sign-out. */
export function checkWrite(
  before: TokenRecord | undefined,
  after: TokenRecord,
  person: boolean,
  server: Server,
  state: number,
): Verdict[] {
  const wrong: Verdict[] = []
  if (isCrossed(after)) wrong.push('CROSSED')
  if (!before) return wrong
  const same = before.family === after.family
  if (after.generation < before.generation || (person && after.generation === before.generation))
    wrong.push('CLOBBER')
  if (person) return wrong
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
