import { perform, type Ports } from '../drive/drive.ts'
import { errorOf } from '../errors.ts'
import { type Answered, unanswered } from '../flows/step.ts'
import type { DpopKey } from '../keeper/record.ts'
import type { AnyRequest } from '../wire/client-request.ts'
import { readResponse, type Reader } from '../wire/response.ts'
import type { ClientContext } from '../client/context.ts'

/** What sends a request: a client, or only what a request needs of one. */
export type Sender = Pick<ClientContext, 'transport' | 'provider'> & Pick<Ports, 'clock'>

/** Sends a request and returns the event of its response. @throws {AuthorizationError} when there is none. */
export async function sendFor(context: Sender, request: AnyRequest, key?: DpopKey): Promise<Answered> {
  const event = await perform({ type: 'send', request }, { ...context, transport: context.transport(key) })
  if (event.type === 'unanswered') throw errorOf(unanswered(event))
  return event
}

/**
 * Sends a request that is not for tokens, and returns the response as `read` reads it.
 *
 * @throws {AuthorizationError} when the response is an error, unreadable or missing.
 */
export async function sendAndRead<T extends object>(
  context: Sender,
  request: AnyRequest,
  read: Reader<T>,
  key?: DpopKey,
): Promise<T> {
  const { result, failure } = readResponse(context.provider, await sendFor(context, request, key), read)
  if (failure) throw errorOf(failure)
  return result
}
