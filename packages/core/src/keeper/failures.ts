// Why a flight ends without tokens.
import type { Failure } from '../failure.ts'
import type { Flight } from './flight.ts'
import { lifetimeMs } from './lifetime.ts'
import type { TokenRecord } from './record.ts'
import type { Block } from './refusals.ts'

/** The account was never signed in, or was signed out. */
export function signedOutFailure(record: TokenRecord | undefined): Failure {
  const message = record ? 'this account was signed out' : 'nobody has signed in to this account'
  return { code: 'signed_out', message: `${message}: it has no tokens` }
}

/** The record says that the user must sign in again. */
export function reauthFailure({ sinceMs, refusals, inDoubt = false }: TokenRecord): Failure {
  const reason = inDoubt
    ? 'the authorization server keeps refusing to refresh the tokens, for an unknown reason'
    : 'the authorization server rejected the refresh token'
  return {
    code: 'reauth_required',
    message: `${reason}: the user must sign in again`,
    reauth: { sinceMs, attempts: 0, inDoubt },
    ...(inDoubt && { retryAtMs: refusals?.nextTryAtMs }),
  }
}

/** The access token has expired, and nothing renews it, at least not in this program. */
export function expiredFailure(record: TokenRecord): Failure {
  const { name } = record.renewal ?? {}
  if (name !== undefined)
    return { code: 'misconfigured', message: `the tokens need the grant '${name}': pass it in 'grants'` }
  return {
    code: 'reauth_required',
    message: 'the access token no longer works and there is no refresh token: the user must sign in again',
    reauth: { sinceMs: record.obtainedAtMs + lifetimeMs(record), attempts: 0, inDoubt: false },
  }
}

/** The server has rejected every refresh token that there is. */
export function invalidGrantFailure({ invalidGrant, sentAtMs, leased }: Flight, nowMs: number): Failure {
  const inDoubt = sentAtMs !== undefined || leased?.record.lease?.sentAtMs !== undefined
  const doubt = inDoubt ? '. An earlier response was lost, and the new refresh token may have been in it' : ''
  return {
    ...invalidGrant?.failure,
    code: 'reauth_required',
    message: `${invalidGrant?.failure.message}: the user must sign in again${doubt}`,
    reauth: { sinceMs: nowMs, attempts: invalidGrant?.tried.length ?? 0, inDoubt },
  }
}

/** The server has refused so often, for a reason that is not known, that the user must sign in again. */
export function doubtFailure(failure: Failure, { sinceMs, refusals }: TokenRecord): Failure {
  return {
    ...failure,
    code: 'reauth_required',
    message: `${failure.message}: refused ${refusals?.attempts} times in a row, so the user probably must sign in again`,
    reauth: { sinceMs, attempts: 1, inDoubt: true },
    retryAtMs: refusals?.nextTryAtMs,
  }
}

const BLOCKED: Readonly<Record<Block['reason'], string>> = {
  rejections: 'an API rejects one newly refreshed access token after another; the next refresh comes later',
  refusals: 'the authorization server refused the last refresh; the next one comes later',
  'retry-after': 'the authorization server asked for no request before a later time',
}

/** No refresh may be sent now; `known` is the failure that this process saw. */
export function blockedFailure({ reason, untilMs }: Block, known: Failure | undefined): Failure {
  if (reason === 'refusals')
    return { ...(known ?? { code: 'unrecognized', message: BLOCKED.refusals }), retryAtMs: untilMs }
  return transientFailure(BLOCKED[reason], untilMs)
}

/** Something that passes, by itself or at `retryAtMs`. */
export function transientFailure(message: string, retryAtMs?: number): Failure {
  return { code: 'transient', message, ...(retryAtMs !== undefined && { retryAtMs }) }
}
