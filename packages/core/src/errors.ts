import { own } from './util/own.ts'
import { type Cause, type Failure, type FailureKind, kindOf } from './failure.ts'

/** Base class of all errors of Latchkey except wrong arguments, which are `TypeError`s. Narrow it by `code`. */
export abstract class LatchkeyError extends Error {
  /** Identifies the kind of error; docs/reference/errors.md lists all. It does not change between versions. */
  abstract readonly code: string
}

/** An event that the machine's state does not allow; nothing changed. */
export class FlowStateError extends LatchkeyError {
  override readonly name = 'FlowStateError'
  readonly code = 'flow_state'
}

/** A saved flow cannot be resumed: it is damaged, or of another version, provider or client. */
export class SavedFlowError extends LatchkeyError {
  override readonly name = 'SavedFlowError'
  readonly code = 'saved_flow_invalid'
}

/** A request cannot be sent because the client has no transport. */
export class MissingTransportError extends LatchkeyError {
  override readonly name = 'MissingTransportError'
  readonly code = 'missing_transport'
  constructor() {
    super(
      "no transport: install @latchkey/transport-fetch and import '@latchkey/transport-fetch/register', or pass { transport }",
    )
  }
}

/** A request got no HTTP response; `sent` tells whether it can have reached the server. */
export class TransportError extends LatchkeyError {
  override readonly name = 'TransportError'
  readonly code = 'transport'
  /** Whether the server may have received the request; `no`: certainly not. */
  readonly sent: 'no' | 'unknown'
  /** The connection carried a response before and no byte of this one: the server had closed it while idle. */
  readonly reused: boolean
  /** `cause` may be any error. Only its name, code and syscall are kept, since the rest may contain the request. */
  constructor(
    message: string,
    options: { readonly sent: 'no' | 'unknown'; readonly reused?: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: scrubCause(options.cause) })
    this.sent = options.sent
    this.reused = options.reused ?? false
  }
}

/** The token store could not be read or written; tokens in memory stay as they are. */
export class StoreError extends LatchkeyError {
  override readonly name = 'StoreError'
  readonly code = 'store_unavailable'
  /** The failure will not pass by itself, such as a missing permission: nothing is retried. */
  readonly isPermanent: boolean
  constructor(message: string, cause?: unknown, options: { readonly isPermanent?: boolean } = {}) {
    super(message, { cause: scrubCause(cause) })
    this.isPermanent = options.isPermanent ?? false
  }
}

/** A store cannot read the value of an account, which was damaged or written by other code. A sign-in replaces it. */
export class StoreCorruptError extends LatchkeyError {
  override readonly name = 'StoreCorruptError'
  readonly code = 'store_corrupt'
}

/** The store holds a value under an account's key that is not its record. A refresh does not use or overwrite it. */
export class RecordError extends LatchkeyError {
  override readonly name = 'RecordError'
  readonly code = 'record_unusable'
}

/** A server has no usable metadata; `location` is the target of a redirect that it sent instead. */
export class DiscoveryError extends LatchkeyError {
  override readonly name = 'DiscoveryError'
  readonly code = 'discovery_failed'
  /** The HTTP status of the last response. */
  readonly status: number | undefined
  /** Where the server redirects to: perhaps the right issuer. It is not followed. */
  readonly location: string | undefined
  constructor(
    message: string,
    found: { readonly status?: number; readonly location?: string | undefined } = {},
  ) {
    super(message)
    this.status = found.status
    this.location = found.location
  }
}

/** A stored value is not encrypted, was encrypted with an unknown key, or was changed since. It stays unchanged. */
export class DecryptionError extends LatchkeyError {
  override readonly name = 'DecryptionError'
  readonly code = 'decryption_failed'
}

/** Obtaining tokens failed. `status` and `body` are those of the HTTP response, without its secrets. */
export abstract class AuthorizationError extends LatchkeyError {
  /** The HTTP status, if there was a response. */
  readonly status: number | undefined
  /** The body of the response, without its secrets. */
  readonly body: string | undefined
  /** When the server allows the next request (`Retry-After`), Unix time in ms. */
  readonly retryAtMs: number | undefined
  /** The http(s) URL of a page about the error, which a redirect named (RFC 6749 section 4.1.2.1). */
  readonly error_uri: string | undefined
  /** The flow still waits: call its `authorize` again with another redirect, code or PIN. */
  readonly stillWaits: boolean
  constructor(failure: Omit<Failure, 'code'>) {
    super(failure.message, failure.cause && { cause: failure.cause })
    this.stillWaits = failure.stillWaits ?? false
    this.status = failure.status
    this.body = failure.body
    this.retryAtMs = failure.retryAtMs
    this.error_uri = failure.error_uri
  }

  /** What to do about the failure; `undefined` for a redirect that failed a check, after which the flow still waits. */
  get kind(): FailureKind | undefined {
    return kindOf(this.code)
  }
}

/** The input is not a redirect of the authorization server; the flow still waits. */
export class RedirectError extends AuthorizationError {
  override readonly name = 'RedirectError'
  readonly code = 'redirect_invalid'
}

/** The redirect's `state` is missing or belongs to another flow (RFC 6749 section 10.12); the flow still waits. */
export class StateMismatchError extends AuthorizationError {
  override readonly name = 'StateMismatchError'
  readonly code = 'state_mismatch'
}

/** The redirect's `iss` is missing or names another server (RFC 9207 section 2.4): its code was not sent. The flow waits. */
export class IssuerMismatchError extends AuthorizationError {
  override readonly name = 'IssuerMismatchError'
  readonly code = 'issuer_mismatch'
}

/** The store has no flow with the redirect's `state`: it expired, or was never saved. Start a new one. */
export class FlowExpiredError extends AuthorizationError {
  override readonly name = 'FlowExpiredError'
  readonly code = 'flow_expired'
}

/** The redirect came back in another browser than the flow started in, by its `binding`; the flow still waits. */
export class BindingMismatchError extends AuthorizationError {
  override readonly name = 'BindingMismatchError'
  readonly code = 'binding_mismatch'
}

/** The redirect was used before: by a reload, the back button or a replay. Nothing was sent. */
export class CallbackReplayedError extends AuthorizationError {
  override readonly name = 'CallbackReplayedError'
  readonly code = 'callback_replayed'
}

/** The user declined (RFC 6749 section 4.1.2.1). */
export class AccessDeniedError extends AuthorizationError {
  override readonly name = 'AccessDeniedError'
  readonly code = 'access_denied'
}

/** The code, PIN or refresh token is invalid, used, expired or revoked (RFC 6749 section 5.2). */
export class InvalidGrantError extends AuthorizationError {
  override readonly name = 'InvalidGrantError'
  readonly code = 'invalid_grant'
}

/** The client id, secret, redirect URI or grant does not match the client's registration at the server. */
export class MisconfiguredError extends AuthorizationError {
  override readonly name = 'MisconfiguredError'
  readonly code = 'misconfigured'
}

/** The server rejected the request with an error code that Latchkey does not know; the message quotes it. */
export class UnrecognizedError extends AuthorizationError {
  override readonly name = 'UnrecognizedError'
  readonly code = 'unrecognized'
}

/** The server requires the user to sign in, consent or choose an account (OpenID Connect Core 3.1.2.6). */
export class InteractionRequiredError extends AuthorizationError {
  override readonly name = 'InteractionRequiredError'
  readonly code = 'interaction_required'
}

/** The server cannot be reached, or asks for a later retry. No code or token was used. */
export class TransientError extends AuthorizationError {
  override readonly name = 'TransientError'
  readonly code = 'transient'
}

/** The server may have processed the request, but its response is missing or unreadable. */
export class IndeterminateError extends AuthorizationError {
  override readonly name = 'IndeterminateError'
  readonly code = 'indeterminate'
}

/** Nobody has signed in to this account, or it was signed out. */
export class SignedOutError extends AuthorizationError {
  override readonly name = 'SignedOutError'
  readonly code = 'signed_out'
}

/** The server rejected the refresh token: the user must sign in again. */
export class ReauthRequiredError extends AuthorizationError {
  override readonly name = 'ReauthRequiredError'
  readonly code = 'reauth_required'
  /** Since when, as Unix time in ms. */
  readonly since: number | undefined
  /** How many refresh tokens this process tried; 0 when another process did. */
  readonly attempts: number
  /**
   * The refresh token may be valid nevertheless: the server gave no known reason, or an earlier response was lost, and the
   * current refresh token may have been in it.
   */
  readonly inDoubt: boolean
  constructor(failure: Omit<Failure, 'code'>) {
    super(failure)
    this.since = failure.reauth?.sinceMs
    this.attempts = failure.reauth?.attempts ?? 0
    this.inDoubt = failure.reauth?.inDoubt ?? false
  }
}

const FAILURES = {
  redirect_invalid: RedirectError,
  state_mismatch: StateMismatchError,
  issuer_mismatch: IssuerMismatchError,
  access_denied: AccessDeniedError,
  invalid_grant: InvalidGrantError,
  misconfigured: MisconfiguredError,
  transient: TransientError,
  unrecognized: UnrecognizedError,
  interaction_required: InteractionRequiredError,
  indeterminate: IndeterminateError,
  signed_out: SignedOutError,
  reauth_required: ReauthRequiredError,
}

/** Whether `error.kind` is `reauth`: the user must sign in again. Accepts errors of any copy of this package. */
export function isSignInRequired(error: unknown): boolean {
  return kindOf(String(own(error, 'code'))) === 'reauth'
}

/** Returns the error for a machine's failure. */
export function errorOf(failure: Failure): LatchkeyError {
  switch (failure.code) {
    case 'store_unavailable':
      return new StoreError(failure.message, failure.cause)
    case 'record_unusable':
      return new RecordError(failure.message)
    case 'missing_transport':
      return new MissingTransportError()
    default:
      return new FAILURES[failure.code](failure)
  }
}

/** Returns name, code and syscall of an error, from the innermost cause that has a code. */
function scrubCause(error: unknown): Cause | undefined {
  const chain: Record<string, unknown>[] = []
  for (let at = error; at instanceof Object && chain.length < 8; at = (at as { cause?: unknown }).cause)
    chain.push(at as Record<string, unknown>)
  const source = chain.reverse().find(link => typeof link['code'] === 'string') ?? chain.at(-1)
  if (!source) return undefined
  const kept = ['name', 'code', 'syscall'].filter(member => typeof source[member] === 'string')
  return Object.fromEntries(kept.map(member => [member, source[member] as string]))
}
