import { errorOf, FlowStateError } from '../errors.ts'
import type { Failure } from '../failure.ts'
import type { DpopKey } from '../keeper/record.ts'
import type { Tokens } from '../tokens.ts'

/** The state in which a flow rests, with its tokens or its failure. */
export interface Outcome {
  readonly type: string
  readonly tokens?: Tokens
  readonly failure?: Failure
  /** The key that the tokens are bound to. */
  readonly dpop?: DpopKey | undefined
}

const WAITING = ['awaitingRedirect', 'awaitingToken', 'awaitingPin']

/** Whether a flow in a state of this type waits for the user. */
export function isWaiting(type: unknown): boolean {
  return WAITING.includes(type as string)
}

/** Returns the error of `authorize()` when the flow does not wait for the user. */
export function notWaitingError(isUnderWay: boolean): FlowStateError {
  return new FlowStateError(
    isUnderWay
      ? 'authorize() of this flow is under way: await its result'
      : 'this flow is over: start a new one',
  )
}

/**
 * Returns the tokens of a flow that rests.
 *
 * @throws {AuthorizationError} when it was declined, has failed, or waits for the user again.
 */
export function tokensOf({ type, tokens, failure }: Outcome): Tokens {
  if (tokens) return tokens
  const { code, message } = failure as Failure
  if (!isWaiting(type)) throw errorOf(failure as Failure)
  const advice = code === 'invalid_grant' ? '; the flow still waits for another one' : ''
  throw errorOf({ ...(failure as Failure), message: message + advice, stillWaits: true })
}
