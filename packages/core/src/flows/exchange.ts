import type { Failure } from '../failure.ts'
import type { Step } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import type { Tokens } from '../tokens.ts'
import type { Parameters } from '../wire/form.ts'
import { readResponse } from '../wire/response.ts'
import { readTokens } from '../wire/token-response.ts'
import type { ClientCredentials, ClientRequest, RequestContext } from '../wire/client-request.ts'
import { tokenRequest } from '../wire/token-request.ts'
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

/** The user came back with a redirect, or with the bare code or PIN. */
export interface Returned {
  readonly type: 'returned'
  /** A redirect in any form that `parseRedirect` reads, or the bare code or PIN. What copying added is removed. */
  readonly input: string
  /** Authenticate the token request; a state that waits never has them. */
  readonly credentials: ClientCredentials
  /** No other provider has this redirect URI, so its path identifies the server (RFC 9700 section 4.4.2.2). */
  readonly redirectUriIsOwn?: boolean | undefined
  /** The client's scope. */
  readonly scope?: string | null | undefined
}

/**
 * The request with a one-time code or PIN is in flight. The state is not resumable: until the response arrives, nobody
 * knows whether the server has used the code.
 */
export interface Exchanging<W> {
  readonly type: 'exchanging'
  /** Saved in this state, the flow cannot be resumed. */
  readonly resumable: false
  /** Not signed yet. It has the client's secret and the code or PIN. */
  readonly request: ClientRequest
  /** The state to return to after a failure. */
  readonly waiting: W
  /** It was sent before, on a connection that had ended. */
  readonly isResent?: true
}

/** The states and events of a grant whose code or PIN is exchanged for tokens. */
export type ExchangeState<W> = W | Exchanging<W> | Authorized | Denied
/** The user's return, or the end of the token request. */
export type ExchangeEvent = Returned | Answered | Unanswered

/** Sends a code or PIN to the token endpoint, once. */
export function exchange<W>(
  provider: Provider,
  waiting: W,
  credentials: ClientCredentials,
  parameters: Parameters,
  about?: Partial<RequestContext>,
): Step<Exchanging<W>, Send> {
  return send({
    type: 'exchanging',
    resumable: false,
    request: tokenRequest(provider, credentials, parameters, about),
    waiting,
  })
}

/**
 * Returns the handlers of an exchange. After a failure, such as a mistyped PIN, the flow waits again. A request that met
 * an idle connection's end is sent once more: the server cannot have used the code of a request that it did not read.
 */
export function exchangeHandlers<W extends Waiting>(provider: Provider): ExchangeHandlers<W> {
  const { answered, unanswered } = responseHandlers<Exchanging<W>, Authorized, W>(
    provider,
    (_, tokens) => ({ type: 'authorized', tokens }),
    ({ waiting }, failure) => ({ ...waiting, failure }),
  )
  return {
    answered,
    unanswered: (state, event) =>
      event.reused && !state.isResent
        ? send<Exchanging<W>>({ ...state, isResent: true })
        : unanswered(state, event),
  }
}

interface ExchangeHandlers<W> {
  answered(state: Exchanging<W>, event: Answered): Step<Authorized | W, never>
  unanswered(state: Exchanging<W>, event: Unanswered): Step<Exchanging<W> | W, Send>
}

/** The handlers of a state with a token request in flight. */
export interface ResponseHandlers<S, Success, Failed> {
  answered(state: S, event: Answered): Step<Success | Failed, never>
  unanswered(state: S, event: Unanswered): Step<Failed, never>
}

/** Returns the handlers for a token request: `succeed` receives its tokens, `fail` its failure. */
export function responseHandlers<S extends { readonly request: ClientRequest }, Success, Failed>(
  provider: Provider,
  succeed: (state: S, tokens: Tokens) => Success,
  fail: (state: S, failure: Failure) => Failed,
): ResponseHandlers<S, Success, Failed> {
  return {
    answered(state, event) {
      const { result, failure } = readResponse(provider, event, readTokens)
      return rest(result ? succeed(state, result) : fail(state, failure))
    },
    unanswered: (state, event) => rest(fail(state, unanswered(event))),
  }
}
