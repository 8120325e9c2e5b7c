import { type Failure, kindOf } from '../failure.ts'

/** How the server refused: with an unknown error code, without a readable one, or because of the client. */
export type Refused = 'refused' | 'unreadable' | 'misconfigured'

/**
 * What a failed refresh means for the refresh token: `invalidGrant` it is rejected, `throttled` it was not processed,
 * `notSent` the server cannot have received it, `indeterminate` the server may have replaced it.
 */
export type Outcome = Refused | 'invalidGrant' | 'throttled' | 'notSent' | 'indeterminate'

/** Returns the outcome of a failed refresh. */
export function outcomeOf({ code, status, retryAtMs, isWordless }: Failure): Outcome {
  if (kindOf(code) === 'reauth') return 'invalidGrant'
  if (code === 'misconfigured') return 'misconfigured'
  // No user takes part in a refresh who could decline.
  if (code === 'unrecognized' || code === 'access_denied') return isWordless ? 'unreadable' : 'refused'
  if (code !== 'transient') return 'indeterminate'
  if (retryAtMs !== undefined || (status !== undefined && status < 500)) return 'throttled'
  return status === undefined ? 'notSent' : 'indeterminate'
}
