/** What a failure asks of the caller: try again, sign in again, mend the configuration, or find out first. */
export type FailureKind =
  'transient' | 'reauth' | 'misconfigured' | 'declined' | 'unrecognized' | 'indeterminate'

/** Every way in which getting tokens can fail; `docs/errors.md` has a row for each. */
export type FailureCode =
  | 'redirect_invalid'
  | 'state_mismatch'
  | 'issuer_mismatch'
  | 'access_denied'
  | 'invalid_grant'
  | 'misconfigured'
  | 'transient'
  | 'indeterminate'
  | 'unrecognized'
  | 'interaction_required'
  | 'signed_out'
  | 'reauth_required'
  | 'store_unavailable'
  | 'record_unusable'
  | 'missing_transport'

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
  /** Of a store: it does not pass by itself, so that nothing is retried. */
  readonly isPermanent?: boolean
  /** The flow still waits for a person, who may bring something else. */
  readonly stillWaits?: boolean
  /** Of `unrecognized`: the response had no words in it that could be decoded, such as a firewall's page. */
  readonly isWordless?: boolean
  /** Of `reauth_required`: what led to it. */
  readonly reauth?: Reauth
}

/** What led to a refresh token being given up. */
export interface Reauth {
  /** Unix time in ms of when it was. */
  readonly sinceMs: number
  /** How many refresh tokens were tried in vain; 0 when somebody else did. */
  readonly attempts: number
  /** An answer was lost on the way, and may have held the refresh token that would be good. */
  readonly inDoubt: boolean
}

const KINDS: Readonly<Record<string, FailureKind>> = {
  access_denied: 'declined',
  invalid_grant: 'reauth',
  signed_out: 'reauth',
  reauth_required: 'reauth',
  misconfigured: 'misconfigured',
  record_unusable: 'misconfigured',
  missing_transport: 'misconfigured',
  interaction_required: 'reauth',
  unrecognized: 'unrecognized',
  transient: 'transient',
  store_unavailable: 'transient',
  indeterminate: 'indeterminate',
}

/** Returns the kind of a failure; a redirect that failed a check has a code and no kind. */
export function kindOf(code: string): FailureKind | undefined {
  return KINDS[code]
}
