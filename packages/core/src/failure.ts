/** What a failure asks of the caller: try again, sign in again, mend the configuration, or find out first. */
export type FailureKind = 'transient' | 'dead' | 'misconfigured' | 'unknown'

/** Every way in which getting tokens can fail; `docs/errors.md` has a row for each. */
export type FailureCode =
  | 'redirect_invalid'
  | 'state_mismatch'
  | 'issuer_mismatch'
  | 'access_denied'
  | 'invalid_grant'
  | 'misconfigured'
  | 'transient'
  | 'outcome_unknown'

/** All that is kept of an error that somebody else threw; requests and their secrets hide in the rest. */
export interface Cause {
  readonly name?: string
  readonly code?: string
  readonly syscall?: string
}

/** A failure as plain data, the way machines tell of it; the driver turns it into an error class. */
export interface Failure {
  readonly code: FailureCode
  /** What happened, with the provider's own words; fit to be shown and logged. */
  readonly message: string
  /** HTTP status of the answer, where there was one. */
  readonly status?: number
  /** The answer's body without its secrets, at most 4,096 characters. */
  readonly body?: string
  /** Unix time in ms before which another try is useless. */
  readonly retryAtMs?: number | undefined
  readonly cause?: Cause | undefined
}
