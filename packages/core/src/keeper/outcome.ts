import type { Failure } from '../failure.ts'

/**
 * What a failed refresh means for the refresh token, and so for what may be done next:
 * `dead` it is refused, `misconfigured` the client is, `throttled` ask later, `unsent` the server cannot have had it,
 * `ambiguous` the server may have replaced it, `refused` answered, without a meaning that we know.
 */
export type Outcome =
  'invalidGrant' | 'misconfigured' | 'throttled' | 'notSent' | 'indeterminate' | 'rejected'

/** The one place where that is decided; what a server's words mean is its provider's data (`wire/error-response`). */
export function outcomeOf({ code, status, retryAtMs }: Failure): Outcome {
  if (code === 'invalid_grant') return 'invalidGrant'
  if (code === 'misconfigured') return 'misconfigured'
  if (code === 'access_denied') return 'rejected'
  if (code !== 'transient') return 'indeterminate'
  if (retryAtMs !== undefined || status === 429) return 'throttled'
  if (status === undefined) return 'notSent'
  return status >= 500 ? 'indeterminate' : 'rejected'
}
