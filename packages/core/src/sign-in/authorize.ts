import { MisconfiguredError } from '../errors.ts'
import { authorizationCode, type AwaitingRedirect } from '../flows/authorization-code.ts'
import { type AwaitingToken, implicit } from '../flows/implicit.ts'
import { type AwaitingPin, pin } from '../flows/pin.ts'
import type { AuthorizationRequest } from '../flows/waiting.ts'
import type { Grant } from '../provider/provider.ts'
import { randomText } from '../util/random-text.ts'
import type { Tokens } from '../tokens.ts'
import { type ClientContext, needGrant } from '../client/context.ts'
import { type OwnRequest, readOwnRequest } from './own-request.ts'
import { exchangeFlow, type Pending, pendingExchange, pendingToken, tokenFlow } from './pending.ts'
import { regenerate } from '../keeping/regenerate.ts'
import type { Outcome } from './flow-outcome.ts'
import {
  type Flow,
  type FlowOrigin,
  readSavedFlow,
  type SavedFlow,
  type UnresumableFlow,
} from './saved-flow.ts'
import { type Completed, type CompleteOptions, completeFromStore } from './stored-flow.ts'

/** The flows that obtain tokens. No `by*` sends a request; each returns at once. */
export interface Authorize {
  /**
   * Starts the authorization code grant (RFC 6749 section 4.1). `authorize` accepts the redirect's URL, or the bare code
   * as the user typed it, which has no state. `request` is what this request has of its own; a string is its `state`. After an
   * `AuthorizationError` other than `AccessDeniedError`, `authorize` may be called again.
   *
   * @throws {MisconfiguredError} when the client has no client_id or the provider no such grant.
   * @throws {TypeError} when `request` has a parameter that Latchkey sets by itself.
   */
  byCode(request?: string | OwnRequest): Pending<Promise<Tokens>>
  /** Starts Imgur's PIN grant: `authorize` accepts the PIN, or the URL of the page that shows it. Else as `byCode`. */
  byPIN(request?: string | OwnRequest): Pending<Promise<Tokens>>
  /**
   * Starts the implicit grant (RFC 6749 section 4.2): `authorize` accepts the redirect's URL. It is synchronous: it throws
   * its errors, and the tokens are written to the store later (`client.settled()`). Else as `byCode`.
   */
  byToken(request?: string | OwnRequest): Pending<Tokens>
  /**
   * Refreshes now (RFC 6749 section 6), with the given refresh token or by default the stored one. Without either it logs
   * a warning and resolves to `null`. When it rejects with an `AuthorizationError`, all tokens stay unchanged.
   *
   * @throws {ReauthRequiredError} when the server rejects the stored refresh token, also if the access token still works.
   * @throws {InvalidGrantError} when it rejects the given one.
   * @throws {LatchkeyError} otherwise as `accessToken`.
   */
  regenerateFromRefreshToken(refresh_token?: string | null): Promise<Tokens | null>
  /**
   * Resumes a flow that `toJSON` saved, as an object or as JSON text, in this or another process.
   *
   * @throws {SavedFlowError} when this client cannot resume it.
   */
  resume(saved: SavedFlow | UnresumableFlow | string): Pending<Tokens | Promise<Tokens>>
  /**
   * Completes a flow that `save` put into the store, in this or another process, once: of several calls with the same
   * redirect only one sends the code. `redirectUrl` may lack its origin, as in `request.url`. `options.account` names the
   * account to sign in to, by default this client's. When the call resolves, the tokens are stored.
   *
   * With `response_mode=form_post`, pass the body of the POST request, `code=...&state=...`. Browsers send the cookie of
   * the binding with it only if it has `SameSite=None; Secure`. Do not call this for a prefetch, a request with the header
   * `Sec-Purpose: prefetch` or `Purpose: prefetch`: it would use the code before the user comes. Respond with status 503.
   *
   * The fragment of a redirect, which has the tokens of the implicit grant, does not reach a server: a page must send it.
   * The PIN grant has no redirect: pass `/?pin=...&state=...`.
   *
   * The call rejects with the errors of `authorize` as well. The flow still waits when the redirect fails a check, and, up
   * to three times, when the server cannot have used the code (not sent, or HTTP 408, 425, 429, or 503 with
   * `Retry-After`): call again with the same redirect. Otherwise start a new flow.
   *
   * @throws {FlowExpiredError} when no such flow waits.
   * @throws {BindingMismatchError} when `options.binding` is missing, or not the one that `save` returned.
   * @throws {CallbackReplayedError} when the redirect was used before.
   * @throws {SavedFlowError} when the flow belongs to another client, provider or version.
   * @throws {StoreError} when the store fails.
   */
  complete(redirectUrl: string, options: CompleteOptions): Promise<Completed>
}

/** A pending sign-in, by the state in which it waits for the user. */
type PendingOf<W> = Pending<W extends AwaitingToken ? Tokens : Promise<Tokens>>

/** Returns the `Authorize` of a client. */
export function authorizeOf(context: ClientContext): Authorize {
  const { provider } = context
  const code = authorizationCode(provider)
  const pinFlow = pin(provider)
  const token = implicit(provider)

  const flowOf = (waiting: SavedFlow): Flow<Outcome | Promise<Outcome>> =>
    waiting.type === 'awaitingToken'
      ? tokenFlow(context, token, waiting)
      : waiting.type === 'awaitingPin'
        ? exchangeFlow(context, pinFlow, waiting)
        : exchangeFlow(context, code, waiting)
  const pending = <W extends SavedFlow>(waiting: W, isGenerated: boolean): PendingOf<W> => {
    const create = waiting.type === 'awaitingToken' ? pendingToken : pendingExchange
    return create(context, flowOf(waiting) as never, { ...waiting, isGenerated }) as PendingOf<W>
  }
  const start = <W extends SavedFlow>(
    machine: { start(input: AuthorizationRequest): { readonly state: unknown } },
    grant: Grant,
    request: string | OwnRequest | undefined,
  ): PendingOf<W> => {
    const { isGenerated, ...started } = begin(context, grant, request)
    return pending(machine.start(started).state as W, isGenerated)
  }
  const origin = (): FlowOrigin => {
    const { name, authorizationEndpoint } = provider
    const { client_id } = context.credentials()
    return { provider: name, client_id, authorizationEndpoint, pkce: typeof provider.pkce === 'function' }
  }

  return {
    byCode(request) {
      if (provider.requirePushedAuthorizationRequests)
        throw new MisconfiguredError({
          message: `the provider '${provider.name}' requires pushed authorization requests: call pushAuthorization(client)`,
        })
      return start<AwaitingRedirect>(code, 'authorization_code', request)
    },
    byPIN: request => start<AwaitingPin>(pinFlow, 'pin', request),
    byToken: request => start<AwaitingToken>(token, 'implicit', request),
    regenerateFromRefreshToken: refresh_token => regenerate(context, refresh_token),
    resume: saved => pending(readSavedFlow(saved, origin()), false),
    complete: (redirectUrl, options) =>
      completeFromStore(context, redirectUrl, options, stored => {
        const waiting = readSavedFlow(stored, origin())
        return { waiting, flow: flowOf(waiting) }
      }),
  }
}

/**
 * Returns the authorization request of a flow that needs a user, and whether its state is random.
 *
 * @throws {MisconfiguredError} when the provider has no such grant or the client no client_id.
 * @throws {TypeError} when `request` is not valid.
 */
export function begin(
  context: ClientContext,
  grant: Grant,
  request?: string | OwnRequest,
): AuthorizationRequest & { readonly isGenerated: boolean } {
  const { state, ...own } = readOwnRequest(context.provider, request)
  needGrant(context.provider, grant)
  return {
    ...context.authorizationRequest(state || randomText(context.crypto), own),
    isGenerated: !state,
  }
}
