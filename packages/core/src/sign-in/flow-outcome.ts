import { errorOf, FlowStateError } from '../errors.ts'
import type { Failure } from '../failure.ts'
import type { Tokens } from '../tokens.ts'

/** What a state in which a flow rests has to say for itself. */
export interface Outcome {
  readonly type: string
  readonly tokens?: Tokens
  readonly failure?: Failure
}

const WAITING = ['awaitingRedirect', 'awaitingToken', 'awaitingPin']

/** Whether a flow in a state of this type waits for a person. */
export function isWaiting(type: unknown): boolean {
  return WAITING.includes(type as string)
}

/** Why a flow that waits for nobody takes nothing. */
export function notWaitingError(isUnderWay: boolean): FlowStateError {
  return new FlowStateError(
    isUnderWay
      ? 'authorize() of this flow is under way: wait for what comes of it'
      : 'this flow is over: begin a new one',
  )
}

/**
 * The tokens of a flow that has come to rest.
 *
 * @throws {AuthorizationError} the failure of one that was denied, has failed, or waits for a person again.
 */
export function tokensOf({ type, tokens, failure }: Outcome): Tokens {
  if (tokens) return tokens
  const { code, message } = failure as Failure
  if (!isWaiting(type)) throw errorOf(failure as Failure)
  const another = code === 'invalid_grant' ? '; the flow still waits for another one' : ''
  throw errorOf({ ...(failure as Failure), message: message + another, stillWaits: true })
}
