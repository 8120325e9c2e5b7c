import { own } from './util/own.ts'
import { type Cause, type Failure, type FailureKind, kindOf } from './failure.ts'

/** Every error of Latchkey that is not a wrong argument (those are `TypeError`s); narrow it by `code`. */
export abstract class LatchkeyError extends Error {
  abstract readonly code: string
}

/** An event came that the machine's state does not allow; nothing changed. */
export class FlowStateError extends LatchkeyError {
  override readonly name = 'FlowStateError'
  readonly code = 'flow_state'
}

/** A saved flow cannot be taken up again: not one of ours, of another version, provider or client. */
export class SavedFlowError extends LatchkeyError {
  override readonly name = 'SavedFlowError'
  readonly code = 'saved_flow_invalid'
}

/** A request was due and the client has no transport. */
export class MissingTransportError extends LatchkeyError {
  override readonly name = 'MissingTransportError'
  readonly code = 'missing_transport'
  constructor() {
    super(
      "no transport: install @latchkey/transport-fetch and import '@latchkey/transport-fetch/register', or pass { transport }",
    )
  }
}

/** There is no HTTP response; `sent` says whether the request can have reached the server. */
export class TransportError extends LatchkeyError {
  override readonly name = 'TransportError'
  readonly code = 'transport'
  readonly sent: 'no' | 'unknown'
  /** The connection had carried a response before, and no byte of this one came: an idle connection had ended. */
  readonly reused: boolean
  /** `cause` may be any error: only its name, code and syscall are kept, since requests hide in the rest. */
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
  /** The store knows that the fault does not pass by itself, such as a missing permission: nothing is retried. */
  readonly isPermanent: boolean
  constructor(message: string, cause?: unknown, options: { readonly isPermanent?: boolean } = {}) {
    super(message, { cause: scrubCause(cause) })
    this.isPermanent = options.isPermanent ?? false
  }
}

/** A store cannot read what it holds for an account: it was damaged, or other code wrote it. A sign-in replaces it. */
export class StoreCorruptError extends LatchkeyError {
  override readonly name = 'StoreCorruptError'
  readonly code = 'store_corrupt'
}

/** What the store holds under an account's key is no record of it; it is neither used nor written over. */
export class RecordError extends LatchkeyError {
  override readonly name = 'RecordError'
  readonly code = 'record_unusable'
}

/** A server has no metadata that can be used; `location` is where a redirect pointed, in place of metadata. */
export class DiscoveryError extends LatchkeyError {
  override readonly name = 'DiscoveryError'
  readonly code = 'discovery_failed'
  readonly status: number | undefined
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

/** A stored value is not encrypted, is encrypted by no key at hand, or was tampered with; it stays as it is. */
export class DecryptionError extends LatchkeyError {
  override readonly name = 'DecryptionError'
  readonly code = 'decryption_failed'
}

/**
 * Getting tokens failed. `status` and `body` are the answer's, without its secrets. `kind` says what to do about the
 * code, PIN or token that failed, and `stillWaits` whether its flow takes another one.
 */
export abstract class AuthorizationError extends LatchkeyError {
  readonly status: number | undefined
  readonly body: string | undefined
  readonly retryAtMs: number | undefined
  /** The flow still waits: its `authorize` may be called again, with what the person brings then. */
  readonly stillWaits: boolean
  constructor(failure: Omit<Failure, 'code'>) {
    super(failure.message, failure.cause && { cause: failure.cause })
    this.stillWaits = failure.stillWaits ?? false
    this.status = failure.status
    this.body = failure.body
    this.retryAtMs = failure.retryAtMs
  }

  /** What the failure asks of you; `undefined` for a redirect that failed a check, after which the flow still waits. */
  get kind(): FailureKind | undefined {
    return kindOf(this.code)
  }
}

/** What was pasted or redirected is not an answer of the authorization server; the flow still waits. */
export class RedirectError extends AuthorizationError {
  override readonly name = 'RedirectError'
  readonly code = 'redirect_invalid'
}

/** The redirect's `state` is missing or another flow's (RFC 6749 section 10.12); the flow still waits. */
export class StateMismatchError extends AuthorizationError {
  override readonly name = 'StateMismatchError'
  readonly code = 'state_mismatch'
}

/**
 * The redirect's `iss` is missing or another server's (RFC 9207 section 2.4): the code in it was not meant for
 * this one, and was not sent to it. The flow still waits.
 */
export class IssuerMismatchError extends AuthorizationError {
  override readonly name = 'IssuerMismatchError'
  readonly code = 'issuer_mismatch'
}

/** No flow with the redirect's `state` waits in the store: it expired, or was never saved there. Begin a new one. */
export class FlowExpiredError extends AuthorizationError {
  override readonly name = 'FlowExpiredError'
  readonly code = 'flow_expired'
}

/** The redirect did not come back in the browser that it was begun in, by its `binding`; the flow still waits. */
export class BindingMismatchError extends AuthorizationError {
  override readonly name = 'BindingMismatchError'
  readonly code = 'binding_mismatch'
}

/** The redirect was taken before: a reload, the back button, or somebody who replays it. Nothing was sent. */
export class CallbackReplayedError extends AuthorizationError {
  override readonly name = 'CallbackReplayedError'
  readonly code = 'callback_replayed'
}

/** The person said no (RFC 6749 section 4.1.2.1). */
export class AccessDeniedError extends AuthorizationError {
  override readonly name = 'AccessDeniedError'
  readonly code = 'access_denied'
}

/** The code, PIN or refresh token is wrong, spent, expired or revoked (RFC 6749 section 5.2). */
export class InvalidGrantError extends AuthorizationError {
  override readonly name = 'InvalidGrantError'
  readonly code = 'invalid_grant'
}

/** The client id, secret, redirect URI or grant is not what the server has registered. */
export class MisconfiguredError extends AuthorizationError {
  override readonly name = 'MisconfiguredError'
  readonly code = 'misconfigured'
}

/** The server refused in words that are not known here; the message quotes them. */
export class UnrecognizedError extends AuthorizationError {
  override readonly name = 'UnrecognizedError'
  readonly code = 'unrecognized'
}

/** The server wants the user to interact with it: to sign in, consent or choose (OpenID Connect Core 3.1.2.6). */
export class InteractionRequiredError extends AuthorizationError {
  override readonly name = 'InteractionRequiredError'
  readonly code = 'interaction_required'
}

/** The server cannot be reached or does not want to answer now; nothing was used up. */
export class TransientError extends AuthorizationError {
  override readonly name = 'TransientError'
  readonly code = 'transient'
}

/** The request may have been carried out, but its answer is missing or unreadable. */
export class IndeterminateError extends AuthorizationError {
  override readonly name = 'IndeterminateError'
  readonly code = 'indeterminate'
}

/** Nobody has signed in to this account, or somebody signed out on purpose. */
export class SignedOutError extends AuthorizationError {
  override readonly name = 'SignedOutError'
  readonly code = 'signed_out'
}

/** The refresh token is refused: the person must sign in again. */
export class ReauthRequiredError extends AuthorizationError {
  override readonly name = 'ReauthRequiredError'
  readonly code = 'reauth_required'
  /** Unix time in ms since when. */
  readonly since: number | undefined
  /** How many refresh tokens this process tried in vain; 0 when another process did. */
  readonly attempts: number
  /** An answer of the server was lost before, and may have held the refresh token that would be good. */
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

/** Whether the user must sign in again before there are tokens: `error.kind` is `reauth`. For errors of any copy of core. */
export function isSignInRequired(error: unknown): boolean {
  return own(error, 'code') !== undefined && kindOf(String(own(error, 'code'))) === 'reauth'
}

/** The error class for a machine's failure. */
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

/** Name, code and syscall of an error, from the innermost cause that has a code; nothing else survives. */
function scrubCause(error: unknown): Cause | undefined {
  const chain: Record<string, unknown>[] = []
  for (let at = error; at instanceof Object && chain.length < 8; at = (at as { cause?: unknown }).cause)
    chain.push(at as Record<string, unknown>)
  const source = chain.reverse().find(link => typeof link['code'] === 'string') ?? chain.at(-1)
  if (!source) return undefined
  const kept = ['name', 'code', 'syscall'].filter(member => typeof source[member] === 'string')
  return Object.fromEntries(kept.map(member => [member, source[member] as string]))
}
