import { TransportError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { AuthenticationRequest, ClientAuthentication } from '../provider/provider.ts'
import { describeType } from '../util/check-type.ts'
import { LATE, within } from '../util/within.ts'
import type { ClientProof } from '../wire/client-request.ts'
import { SIGNING_MS } from './sign-request.ts'

/**
 * A request was not signed, hence not sent. The message is shown. Of `cause` only name, code and syscall are kept, since its
 * text may quote a key.
 */
export class SigningError extends TransportError {
  constructor(problem: string, cause?: unknown) {
    super(`the client authentication ${problem}; nothing was sent`, { sent: 'no', cause })
  }
}

/**
 * Calls a function that authenticates the client, and checks what it returns.
 *
 * @throws {SigningError} when it throws, rejects, takes longer than 5 s, or returns something else than a proof.
 */
export async function authenticate(
  method: ClientAuthentication,
  request: AuthenticationRequest,
): Promise<ClientProof> {
  try {
    const proof: unknown = await inTime(request.clock, () => method(request))
    const problem = problemOf(proof)
    if (problem) throw new SigningError(`must return { parameters?, headers? }: ${problem}`)
    return proof as ClientProof
  } catch (error) {
    throw error instanceof SigningError ? error : new SigningError('failed', error)
  }
}

/** Returns the result of `work`, which has 5 s if it is asynchronous. @throws {SigningError} when it is late. */
export async function inTime<T>(
  clock: AuthenticationRequest['clock'],
  work: () => T | PromiseLike<T>,
): Promise<T> {
  // Nothing else may keep the process alive while a function waits.
  const release = clock.hold?.()
  try {
    const working = work()
    const isTimed = 'then' in Object(working) && clock.sleep
    const result = await (isTimed
      ? within(clock as Clock, SIGNING_MS, working as PromiseLike<T>)
      : (working as T))
    if (result === LATE) throw new SigningError('took longer than 5 s')
    return result
  } finally {
    release?.()
  }
}

/** Says what is wrong with the result of a function. A misplaced member would be left out, and a promise sent as text. */
function problemOf(proof: unknown): string | undefined {
  if (typeof proof !== 'object' || !proof) return `it is ${describeType(proof)}`
  const { parameters = {}, headers = {}, ...others } = proof as Record<string, object>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `'${unknown}' is neither of them`
  for (const [member, values] of Object.entries({ parameters, headers })) {
    const problem = problemOfValues(member, values)
    if (problem) return problem
  }
  return undefined
}

/** Says what is wrong with parameters or headers. */
export function problemOfValues(member: string, values: unknown): string | undefined {
  if (typeof values !== 'object' || !values || Array.isArray(values)) return `${member} must be an object`
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    const isAbsent = value == null && member === 'parameters'
    const wrong = isAbsent ? undefined : [value].flat().find(one => typeof one !== 'string')
    if (wrong !== undefined || (!isAbsent && value == null))
      return `${member}.${name} must be a string, not ${describeType(wrong)}`
  }
  return undefined
}
