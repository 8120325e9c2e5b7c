/**
 * How the caller should respond to a failure: `transient` retry; `reauth` sign in again; `misconfigured` correct the
 * configuration; `declined` the user said no; `unrecognized` read the message; `indeterminate` the server may have
 * processed the request.
 */
export type FailureKind =
  'transient' | 'reauth' | 'misconfigured' | 'declined' | 'unrecognized' | 'indeterminate'

/** How obtaining tokens can fail; `docs/reference/errors.md` has a row for each code. */
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

/** The members that are kept of a foreign error; the others may contain requests and their secrets. */
export interface Cause {
  /** The error's class, such as `TypeError`. */
  readonly name?: string
  /** Node's code, such as `ECONNREFUSED`. */
  readonly code?: string
  /** The system call that failed, such as `connect`. */
  readonly syscall?: string
}

/** A failure as plain data, as machines return it; the driver turns it into an error. */
export interface Failure {
  /** What to do about it: `docs/reference/errors.md` has a row for each. */
  readonly code: FailureCode
  /** What happened, quoting the provider; safe to show and to log. */
  readonly message: string
  /** HTTP status of the response, if there was one. */
  readonly status?: number
  /** The body of the response without its secrets, at most 4,096 characters. */
  readonly body?: string
  /** Unix time in ms before which a retry fails. */
  readonly retryAtMs?: number | undefined
  /** What the transport, the store or another function of the program reported. */
  readonly cause?: Cause | undefined
  /** A page about the error, which a redirect named (RFC 6749 section 4.1.2.1). */
  readonly error_uri?: string
  /** The store's failure will not pass by itself: nothing is retried. */
  readonly isPermanent?: boolean
  /** The flow still waits for the user, who may try again. */
  readonly stillWaits?: boolean
  /** With `unrecognized`: the response had no error code that could be read, such as a firewall's page. */
  readonly isWordless?: boolean
  /** With `reauth_required`: what led to it. */
  readonly reauth?: Reauth
}

/** Why the user must sign in again. */
export interface Reauth {
  /** When, as Unix time in ms. */
  readonly sinceMs: number
  /** How many refresh tokens this flight tried; 0 when it sent none. */
  readonly attempts: number
  /** The server gave no known reason, or a response was lost, and the current refresh token may have been in it. */
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

/** Returns the kind of a failure; `undefined` for a redirect that failed a check. */
export function kindOf(code: string): FailureKind | undefined {
  return KINDS[code]
}
