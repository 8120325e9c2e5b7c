import type { Cause, Failure } from '../failure.ts'
import type { Step } from '../machine/machine.ts'
import type { Tokens } from '../tokens.ts'
import type { Received } from '../wire/error-response.ts'
import type { AnyRequest } from '../wire/client-request.ts'

/**
 * An effect: sign this request and send it, then pass the machine an `answered` or `unanswered` event. `perform` does that.
 */
export interface Send {
  readonly type: 'send'
  /** A `ClientRequest` is signed when it is sent. A request of another kind is sent as it is. */
  readonly request: AnyRequest
}

/** A response to the request in flight. `request` is that request as it was sent, with the secrets that signed it. */
export interface Answered extends Received {
  readonly type: 'answered'
}

/** The request in flight failed without a response. `nowMs` is when it failed. */
export interface Unanswered {
  readonly type: 'unanswered'
  /** Whether the server may have received the request. */
  readonly sent: 'no' | 'unknown'
  /** Why the request could not be signed, so that it was not sent; `invalid_grant`: its key is missing. */
  readonly code?: 'misconfigured' | 'invalid_grant' | undefined
  /** The connection had carried a response before, and no byte of this one came. */
  readonly reused?: boolean | undefined
  /** Safe to show and to log: it quotes no request. */
  readonly message: string
  /** What the transport reported. */
  readonly cause?: Cause | undefined
  /** Unix time in ms. */
  readonly nowMs: number
}

/** The flow has obtained its tokens. */
export interface Authorized {
  readonly type: 'authorized'
  /** Those of the response, with `expires_at` if the server sent `expires_in`. */
  readonly tokens: Tokens
  /** The redirect had no `state`. This provider has the quirk `stateUnreliable`. */
  readonly stateMissing?: true
}

/** The user declined. */
export interface Denied {
  readonly type: 'denied'
  /** Its code is `access_denied`, or `interaction_required` if the server must ask the user again in another flow. */
  readonly failure: Failure
}

/** Returns the failure of a request without a response. */
export function unanswered({ sent, code, message, cause }: Unanswered): Failure {
  return { code: code ?? (sent === 'no' ? 'transient' : 'indeterminate'), message, cause }
}

/** Returns a step that sends the request of its state. */
export function send<S extends { readonly request: AnyRequest }>(state: S): Step<S, Send> {
  return { state, effects: [{ type: 'send', request: state.request }] }
}

/** Returns a step without an effect. The machine rests until the next event, or has ended. */
export function rest<S>(state: S): Step<S, never> {
  return { state, effects: [] }
}
