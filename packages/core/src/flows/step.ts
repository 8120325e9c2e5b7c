import type { Cause, Failure } from '../failure.ts'
import type { Step } from '../machine/machine.ts'
import type { HttpRequest, HttpResponse } from '../ports/transport.ts'
import type { Tokens } from '../tokens.ts'

/** An effect: send this request, then pass the machine an `answered` or `unanswered` event. */
export interface Send {
  readonly type: 'send'
  readonly request: HttpRequest
}

/** A response to the request in flight. `nowMs` is when it was received. */
export interface Answered {
  readonly type: 'answered'
  readonly response: HttpResponse
  readonly nowMs: number
}

/** The request in flight failed without a response. `nowMs` is when it failed. */
export interface Unanswered {
  readonly type: 'unanswered'
  /** Whether the server may have received the request. */
  readonly sent: 'no' | 'unknown'
  /** The connection had carried a response before, and no byte of this one came. */
  readonly reused?: boolean
  readonly message: string
  readonly cause?: Cause | undefined
  readonly nowMs: number
}

/** The flow has obtained its tokens. */
export interface Authorized {
  readonly type: 'authorized'
  readonly tokens: Tokens
  /** The redirect had no `state`. This provider has the quirk `stateUnreliable`. */
  readonly stateMissing?: true
}

/** The user declined. */
export interface Denied {
  readonly type: 'denied'
  readonly failure: Failure
}

/** Returns the failure of a request without a response. */
export function unanswered({ sent, message, cause }: Unanswered): Failure {
  return { code: sent === 'no' ? 'transient' : 'indeterminate', message, cause }
}

/** Returns a step that sends the request of its state. */
export function send<S extends { readonly request: HttpRequest }>(state: S): Step<S, Send> {
  return { state, effects: [{ type: 'send', request: state.request }] }
}

/** Returns a step without an effect. The machine rests until the next event, or has ended. */
export function rest<S>(state: S): Step<S, never> {
  return { state, effects: [] }
}
