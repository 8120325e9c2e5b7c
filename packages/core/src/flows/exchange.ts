import type { Step } from '../machine/machine.ts'
import type { HttpRequest } from '../ports/transport.ts'
import type { Provider } from '../provider.ts'
import type { Parameters } from '../wire/form.ts'
import { readAnswer } from '../wire/token-answer.ts'
import { type ClientCredentials, tokenRequest } from '../wire/token-request.ts'
import {
  type Answered,
  type Authorized,
  type Denied,
  rest,
  send,
  type Send,
  type Unanswered,
  unanswered,
} from './step.ts'
import type { Waiting } from './waiting.ts'

/** The person came back: with a redirect, or with the bare code or PIN. */
export interface Returned {
  readonly type: 'returned'
  readonly input: string
  readonly credentials: ClientCredentials
}

/**
 * A one-time code or PIN is on its way. Not resumable: whether the server has used it up is not known until
 * the answer is here.
 */
export interface Exchanging<W> {
  readonly type: 'exchanging'
  readonly resumable: false
  readonly request: HttpRequest
  /** Where a failure leads back to. */
  readonly waiting: W
}

/** The states and events of a grant whose code or PIN is exchanged for tokens. */
export type ExchangeState<W> = W | Exchanging<W> | Authorized | Denied
export type ExchangeEvent = Returned | Answered | Unanswered

/** Sends a code or PIN to the token endpoint, once. */
export function exchange<W>(
  provider: Provider,
  waiting: W,
  credentials: ClientCredentials,
  parameters: Parameters,
): Step<Exchanging<W>, Send> {
  const request = tokenRequest(provider, credentials, parameters)
  return send({ type: 'exchanging', resumable: false, request, waiting }, request)
}

/** The end of an exchange: tokens, or back to waiting with the failure said, as after a mistyped PIN. */
export const exchanging = <W extends Waiting>(provider: Provider) => ({
  answered: (
    { request, waiting }: Exchanging<W>,
    { response, nowMs }: Answered,
  ): Step<Authorized | W, never> => {
    const { tokens, failure } = readAnswer(provider, request, response, nowMs)
    return rest(tokens ? { type: 'authorized', tokens } : { ...waiting, failure })
  },
  unanswered: ({ waiting }: Exchanging<W>, event: Unanswered): Step<W, never> =>
    rest({ ...waiting, failure: unanswered(event) }),
})
