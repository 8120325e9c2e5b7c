import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import type { ClientCredentials, ClientRequest } from '../wire/client-request.ts'
import { tokenRequest } from '../wire/token-request.ts'
import { ending } from './exchange.ts'
import type { RefreshFailed } from './refresh-token.ts'
import { type Answered, type Authorized, send, type Send, type Unanswered } from './step.ts'

/** What a client asks for on its own behalf. */
export interface ClientCredentialsRequest {
  readonly credentials: ClientCredentials
  readonly scope?: string | null | undefined
}

/** The request is on its way; nothing is used up by it. */
export interface RequestingTokens {
  readonly type: 'requesting'
  readonly resumable: false
  readonly request: ClientRequest
}

export type ClientCredentialsState = RequestingTokens | Authorized | RefreshFailed
export type ClientCredentialsEvent = Answered | Unanswered

const TRANSITIONS = {
  requesting: { answered: ['authorized', 'failed'], unanswered: ['failed'] },
  authorized: {},
  failed: {},
} as const

const handlers = (
  provider: Provider,
): Handlers<ClientCredentialsState, ClientCredentialsEvent, Send, typeof TRANSITIONS> => ({
  requesting: ending<RequestingTokens, Authorized, RefreshFailed>(
    provider,
    (_, tokens) => ({ type: 'authorized', tokens }),
    (_, failure) => ({ type: 'failed', failure }),
  ),
})

/** The client credentials grant (RFC 6749 section 4.4): tokens for the client itself, without a person. */
export function clientCredentialsGrant(
  provider: Provider,
): Machine<ClientCredentialsState, ClientCredentialsEvent, Send, ClientCredentialsRequest> {
  return machine(
    'client_credentials',
    TRANSITIONS,
    ({ credentials, scope }) =>
      send<RequestingTokens>({
        type: 'requesting',
        resumable: false,
        request: tokenRequest(provider, credentials, { grant_type: 'client_credentials', scope }),
      }),
    handlers(provider),
  )
}
