// What a keeper has to say where there are no tokens to hand out.
import type { Failure } from '../failure.ts'
import type { Flight } from './flight.ts'
import type { TokenRecord } from './record.ts'

/** Nobody is signed in, or somebody signed out on purpose. */
export function signedOutFailure(record: TokenRecord | undefined): Failure {
  const message = record ? 'this account was signed out' : 'nobody has signed in to this account'
  return { code: 'signed_out', message: `${message}: it has no tokens` }
}

/** The record says that its person must sign in again. */
export function reauthFailure({ sinceMs }: TokenRecord): Failure {
  return {
    code: 'reauth_required',
    message: 'the authorization server refused the refresh token: the person must sign in again',
    reauth: { sinceMs, attempts: 0, inDoubt: false },
  }
}

/** The access token is past, and nothing renews it. */
export function noRenewalFailure(nowMs: number): Failure {
  return {
    code: 'reauth_required',
    message: 'the access token no longer works and there is no refresh token: the person must sign in again',
    reauth: { sinceMs: nowMs, attempts: 0, inDoubt: false },
  }
}

/** The server has just refused every refresh token that there is. */
export function invalidGrantFailure({ invalidGrant, sentAtMs, leased }: Flight, nowMs: number): Failure {
  const inDoubt = sentAtMs !== undefined || leased?.record.lease?.sentAtMs !== undefined
  const doubt = inDoubt
    ? '. An answer of the server was lost before, and the new refresh token may have been in it'
    : ''
  return {
    ...invalidGrant?.failure,
    code: 'reauth_required',
    message: `${invalidGrant?.failure.message}: the person must sign in again${doubt}`,
    reauth: { sinceMs: nowMs, attempts: invalidGrant?.tried.length ?? 0, inDoubt },
  }
}

/** Something that passes, by itself or at `retryAtMs`. */
export function transientFailure(message: string, retryAtMs?: number): Failure {
  return { code: 'transient', message, ...(retryAtMs !== undefined && { retryAtMs }) }
}
