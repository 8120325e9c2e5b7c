import { perform } from '../drive/drive.ts'
import { errorOf } from '../errors.ts'
import { unanswered } from '../flows/step.ts'
import type { HttpRequest, HttpResponse } from '../ports/transport.ts'
import type { ClientRequest } from '../wire/client-request.ts'
import { readResponse, type Reader } from '../wire/response.ts'
import type { ClientContext } from '../client/context.ts'

/** Sends a request and returns its response. @throws {AuthorizationError} when there is none. */
export async function sendFor(context: ClientContext, request: HttpRequest): Promise<HttpResponse> {
  const { clock } = context
  const event = await perform({ type: 'send', request }, { transport: context.transport(), clock })
  if (event.type === 'unanswered') throw errorOf(unanswered(event))
  return event.response
}

/**
 * Sends a request that is not for tokens, and returns the response as `read` reads it.
 *
 * @throws {AuthorizationError} when the response is an error, unreadable or missing.
 */
export async function sendAndRead<T extends object>(
  context: ClientContext,
  request: ClientRequest,
  read: Reader<T>,
): Promise<T> {
  const { provider, clock } = context
  const response = await sendFor(context, request)
  const { result, failure } = readResponse(provider, request, response, clock.nowMs(), read)
  if (failure) throw errorOf(failure)
  return result
}
