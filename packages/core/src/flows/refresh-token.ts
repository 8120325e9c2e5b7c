import type { Failure } from '../failure.ts'
import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import { type Tokens, tokenSet } from '../tokens.ts'
import type { ClientCredentials, ClientRequest } from '../wire/client-request.ts'
import { tokenRequest } from '../wire/token-request.ts'
import { responseHandlers } from './exchange.ts'
import { type Answered, send, type Send, type Unanswered } from './step.ts'
import type { TRANSITIONS } from './transitions.ts'

/** A request to refresh tokens. */
export interface RefreshTokenRequest {
  /** A server that rotates refresh tokens accepts it once (RFC 9700 section 4.14.2). */
  readonly refresh_token: string
  /** Authenticate the request, as the provider's `clientAuthentication` says. */
  readonly credentials: ClientCredentials
  /** The client's scope and redirect URI, for a provider that needs them. They are not sent unless it does. */
  readonly scope?: string | null | undefined
  /** As `scope`: not sent, unless a quirk of the provider adds it. */
  readonly redirect_uri?: string | null | undefined
}

/** The refresh request is in flight. The state is not resumable: the server may have replaced the refresh token. */
export interface Refreshing {
  readonly type: 'refreshing'
  /** Saved in this state, the flow cannot be resumed. */
  readonly resumable: false
  /** Stays in use if the response has no new one (RFC 6749 section 6). */
  readonly refresh_token: string
  /** Not signed yet. It has the client's secret and the refresh token. */
  readonly request: ClientRequest
}

/** The refresh succeeded. If the server sent no new refresh token, `tokens` has the old one. */
export interface Refreshed {
  readonly type: 'refreshed'
  /** Always with a `refresh_token`. */
  readonly tokens: Tokens
}

/** The request failed. The failure's code says whether the refresh token is still valid. */
export interface RefreshFailed {
  readonly type: 'failed'
  /** `invalid_grant`: the token is rejected. `indeterminate`: the server may have replaced it. */
  readonly failure: Failure
}

/** The states of the refresh token grant. `refreshed` and `failed` are final. */
export type RefreshState = Refreshing | Refreshed | RefreshFailed
/** The end of the request: with a response, or without one. */
export type RefreshEvent = Answered | Unanswered

const handlers = (
  provider: Provider,
): Handlers<RefreshState, RefreshEvent, Send, (typeof TRANSITIONS)['refresh_token']> => ({
  refreshing: responseHandlers<Refreshing, Refreshed, RefreshFailed>(
    provider,
    // RFC 6749 section 6: the server MAY issue a new refresh token. If not, the old one stays in use.
    ({ refresh_token }, tokens) => ({
      type: 'refreshed',
      tokens: tokenSet({ ...tokens, refresh_token: tokens.refresh_token ?? refresh_token }),
    }),
    (_, failure) => ({ type: 'failed', failure }),
  ),
})

/** Returns the machine of the refresh token grant (RFC 6749 section 6): one request, one response. */
export function refreshToken(
  provider: Provider,
): Machine<RefreshState, RefreshEvent, Send, RefreshTokenRequest> {
  return machine(
    'refresh_token',
    ({ refresh_token, credentials, ...about }) =>
      send<Refreshing>({
        type: 'refreshing',
        resumable: false,
        refresh_token,
        request: tokenRequest(provider, credentials, { grant_type: 'refresh_token', refresh_token }, about),
      }),
    handlers(provider),
  )
}
