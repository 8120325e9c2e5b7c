import type { Failure } from '../failure.ts'
import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import { type Tokens, tokenSet } from '../tokens.ts'
import type { ClientCredentials, ClientRequest } from '../wire/client-request.ts'
import { tokenRequest } from '../wire/token-request.ts'
import { ending } from './exchange.ts'
import { type Answered, send, type Send, type Unanswered } from './step.ts'

/** What a refresh is asked with. */
export interface RefreshTokenRequest {
  readonly refresh_token: string
  readonly credentials: ClientCredentials
}

/** The refresh token is on its way. Not resumable: the server may have replaced it already. */
export interface Refreshing {
  readonly type: 'refreshing'
  readonly resumable: false
  readonly refresh_token: string
  readonly request: ClientRequest
}

/** New tokens are here; they hold the old refresh token where the server sent no new one. */
export interface Refreshed {
  readonly type: 'refreshed'
  readonly tokens: Tokens
}

/** There are no new tokens; the failure's code says whether the refresh token is still good. */
export interface RefreshFailed {
  readonly type: 'failed'
  readonly failure: Failure
}

export type RefreshState = Refreshing | Refreshed | RefreshFailed
export type RefreshEvent = Answered | Unanswered

const TRANSITIONS = {
  refreshing: { answered: ['refreshed', 'failed'], unanswered: ['failed'] },
  refreshed: {},
  failed: {},
} as const

const handlers = (provider: Provider): Handlers<RefreshState, RefreshEvent, Send, typeof TRANSITIONS> => ({
  refreshing: ending<Refreshing, Refreshed, RefreshFailed>(
    provider,
    // RFC 6749 section 6: the server MAY issue a new refresh token; without one the old stays in use.
    ({ refresh_token }, tokens) => ({
      type: 'refreshed',
      tokens: tokenSet({ ...tokens, refresh_token: tokens.refresh_token ?? refresh_token }),
    }),
    (_, failure) => ({ type: 'failed', failure }),
  ),
})

/** The refresh token grant (RFC 6749 section 6): one request, one answer. */
export function refreshToken(
  provider: Provider,
): Machine<RefreshState, RefreshEvent, Send, RefreshTokenRequest> {
  return machine(
    'refresh_token',
    TRANSITIONS,
    ({ refresh_token, credentials }) =>
      send<Refreshing>({
        type: 'refreshing',
        resumable: false,
        refresh_token,
        request: tokenRequest(provider, credentials, { grant_type: 'refresh_token', refresh_token }),
      }),
    handlers(provider),
  )
}
