import { perform } from '../drive/drive.ts'
import { errorOf } from '../errors.ts'
import { unanswered } from '../flows/step.ts'
import { own } from '../own.ts'
import { secretsIn } from '../scrub.ts'
import type { ClientRequest } from '../wire/client-request.ts'
import { readFailure } from '../wire/error-response.ts'
import { decodeForm } from '../wire/form.ts'
import { parseJson } from '../wire/json.ts'
import { relax } from '../wire/token-answer.ts'
import type { ClientContext } from './context.ts'

/**
 * What the server answers to a request that is not for tokens, as JSON where it is; `problem` says what is missing
 * in a success, if anything is.
 *
 * @throws {AuthorizationError} when it answers with an error, with something else, or not at all.
 */
export async function ask(
  context: ClientContext,
  request: ClientRequest,
  problem: (value: unknown) => string | undefined = () => undefined,
): Promise<unknown> {
  const { provider, clock } = context
  const event = await perform({ type: 'send', request }, { transport: context.transport(), clock })
  if (event.type === 'unanswered') throw errorOf(unanswered(event))
  const { response, nowMs } = event
  const { status, body, truncated } = response
  const value = relax(provider, parseJson(body), body)
  const success = status < 300 && !truncated && own(value, 'error') === undefined
  const missing = success ? problem(value) : undefined
  if (success && missing === undefined) return value
  const hidden = [...secretsIn(decodeForm(request.body)), ...(request.secrets ?? [])]
  throw errorOf(readFailure(provider, response, value, nowMs, hidden, missing))
}
