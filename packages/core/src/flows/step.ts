import type { Cause, Failure } from '../failure.ts'
import type { Step } from '../machine/machine.ts'
import type { HttpRequest, HttpResponse } from '../ports/transport.ts'
import type { Tokens } from '../tokens.ts'

/** The one effect of a flow: send this request, and tell what came of it. */
export interface Send {
  readonly type: 'send'
  readonly request: HttpRequest
}

/** A response to the request in flight; `nowMs` is the instant of its receipt. */
export interface Answered {
  readonly type: 'answered'
  readonly response: HttpResponse
  readonly nowMs: number
}

/** The request in flight has no response; `nowMs` is the instant at which that was known. */
export interface Unanswered {
  readonly type: 'unanswered'
  /** Whether the server can have had it. */
  readonly sent: 'no' | 'unknown'
  readonly message: string
  readonly cause?: Cause | undefined
  readonly nowMs: number
}

/** The tokens are here. */
export interface Authorized {
  readonly type: 'authorized'
  readonly tokens: Tokens
  /** The redirect carried no `state`, which this provider is known for. */
  readonly stateMissing?: true
}

/** The person said no. */
export interface Denied {
  readonly type: 'denied'
  readonly failure: Failure
}

/** The failure of a request without a response. */
export function unanswered({ sent, message, cause }: Unanswered): Failure {
  return { code: sent === 'no' ? 'transient' : 'indeterminate', message, cause }
}

/** A step that sends the request of its state. */
export function send<S extends { readonly request: HttpRequest }>(state: S): Step<S, Send> {
  return { state, effects: [{ type: 'send', request: state.request }] }
}

/** A step without an effect: the machine rests until the next event, or for good. */
export function rest<S>(state: S): Step<S, never> {
  return { state, effects: [] }
}
