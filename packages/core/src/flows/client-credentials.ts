import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import type { ClientCredentials, ClientRequest, RequestContext } from '../wire/client-request.ts'
import type { Parameters } from '../wire/form.ts'
import { tokenRequest } from '../wire/token-request.ts'
import { responseHandlers } from './exchange.ts'
import type { RefreshFailed } from './refresh-token.ts'
import { type Answered, type Authorized, send, type Send, type Unanswered } from './step.ts'
import type { TRANSITIONS } from './transitions.ts'

/** A request for tokens of the client itself, or by another grant. */
export interface ClientCredentialsRequest {
  /** Authenticate the request, as the provider's `clientAuthentication` says. */
  readonly credentials: ClientCredentials
  /** Separated by spaces. Without it the server chooses (RFC 6749 section 3.3). */
  readonly scope?: string | null | undefined
  /** More parameters, such as `resource`; with another `grant_type`, those of an extension grant (RFC 6749 section 4.5). */
  readonly parameters?: Parameters | undefined
  /** What quirks are told about the request, if not its parameters. */
  readonly about?: Partial<RequestContext> | undefined
}

/** The token request is in flight. It uses no code and no refresh token, so it can be repeated. */
export interface RequestingTokens {
  readonly type: 'requesting'
  /** Saved in this state, the flow cannot be resumed. */
  readonly resumable: false
  /** Not signed yet. It has the client's secret. */
  readonly request: ClientRequest
}

/** The states of the client credentials grant. `authorized` and `failed` are final. */
export type ClientCredentialsState = RequestingTokens | Authorized | RefreshFailed
/** The end of the request: with a response, or without one. */
export type ClientCredentialsEvent = Answered | Unanswered

const handlers = (
  provider: Provider,
): Handlers<
  ClientCredentialsState,
  ClientCredentialsEvent,
  Send,
  (typeof TRANSITIONS)['client_credentials']
> => ({
  requesting: responseHandlers<RequestingTokens, Authorized, RefreshFailed>(
    provider,
    (_, tokens) => ({ type: 'authorized', tokens }),
    (_, failure) => ({ type: 'failed', failure }),
  ),
})

/**
 * Returns the machine of the client credentials grant (RFC 6749 section 4.4): tokens for the client itself. Other grants of
 * one request are the same with other parameters.
 */
export function clientCredentialsGrant(
  provider: Provider,
): Machine<ClientCredentialsState, ClientCredentialsEvent, Send, ClientCredentialsRequest> {
  return machine(
    'client_credentials',
    ({ credentials, scope, parameters, about }) =>
      send<RequestingTokens>({
        type: 'requesting',
        resumable: false,
        request: tokenRequest(
          provider,
          credentials,
          { grant_type: 'client_credentials', scope, ...parameters },
          about,
        ),
      }),
    handlers(provider),
  )
}
