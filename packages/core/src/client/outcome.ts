import { errorOf } from '../errors.ts'
import type { Failure } from '../failure.ts'
import type { Tokens } from '../tokens.ts'

/** What a state in which a flow rests has to say for itself. */
export interface Outcome {
  readonly type: string
  readonly tokens?: Tokens
  readonly failure?: Failure
}

/**
 * The tokens of a flow that has come to rest.
 *
 * @throws {AuthorizationError} the failure of one that was denied, has failed, or waits for a person again.
 */
export function tokensOf({ tokens, failure }: Outcome): Tokens {
  if (tokens) return tokens
  throw errorOf(failure as Failure)
}
