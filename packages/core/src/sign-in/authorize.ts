import { checkType } from '../util/check-type.ts'
import { MisconfiguredError } from '../errors.ts'
import { authorizationCode, type AwaitingRedirect } from '../flows/authorization-code.ts'
import { type AwaitingToken, implicit } from '../flows/implicit.ts'
import { type AwaitingPin, pin } from '../flows/pin.ts'
import type { AuthorizationRequest } from '../flows/waiting.ts'
import type { Grant } from '../provider/provider.ts'
import { randomText } from '../util/random-text.ts'
import type { Tokens } from '../tokens.ts'
import { type ClientContext, needGrant } from '../client/context.ts'
import { exchangeFlow, type Pending, pendingExchange, pendingToken, tokenFlow } from './pending.ts'
import { regenerate } from '../keeping/regenerate.ts'
import { type FlowOrigin, readSavedFlow, type SavedFlow, type UnresumableFlow } from './saved-flow.ts'
import { type Completed, type CompleteOptions, completeFromStore } from './stored-flow.ts'

/** The ways to get tokens. None of the `by*` makes a request; each returns at once. */
export interface Authorize {
  /**
   * The authorization code grant (RFC 6749 section 4.1). `authorize` takes the redirect's URL, or the bare
   * code, which carries no state and is taken as the person typed it.
   *
   * A `state` of your own is sent as it is; without one a random one is made. `authorize` rejects with an
   * `AuthorizationError`; unless that is an `AccessDeniedError`, it may be called again.
   *
   * @throws {MisconfiguredError} when the client has no client_id or the provider no such grant.
   */
  byCode(state?: string): Pending<Promise<Tokens>>
  /** Imgur's PIN grant: `authorize` takes the PIN, or the address of the page that shows it. Else as `byCode`. */
  byPIN(state?: string): Pending<Promise<Tokens>>
  /**
   * The implicit grant (RFC 6749 section 4.2): `authorize` takes the redirect's URL and is synchronous, so it
   * throws, and the tokens are written to the store afterwards (`client.settled()`). Else as `byCode`.
   */
  byToken(state?: string): Pending<Tokens>
  /**
   * Refreshes now (RFC 6749 section 6), with the given refresh token or else the client's. Without either it
   * warns and resolves to `null`. It rejects with an `AuthorizationError`, which leaves all tokens as they are.
   */
  regenerateFromRefreshToken(refresh_token?: string | null): Promise<Tokens | null>
  /**
   * Takes up a flow that `toJSON` saved, as an object or as JSON text, in this or any other process.
   *
   * @throws {SavedFlowError} when it cannot be taken up by this client.
   */
  resume(saved: SavedFlow | UnresumableFlow | string): Pending<Tokens | Promise<Tokens>>
  /**
   * Ends a flow that `save` put into the store, on this or any other process, once: of several who come with the
   * same redirect one wins, and only that one sends the code. `redirectUrl` may lack its origin, as in
   * `request.url`. `options.account` names the account that the tokens are signed in to; by default it is this
   * client's. When it resolves, they are stored.
   *
   * The fragment of a redirect, in which the token flow has its tokens, does not reach a server: a page must hand it
   * over. A flow by PIN has no redirect: `/?pin=...&state=...` does for one.
   *
   * It rejects with the errors of `authorize` as well. The flow still waits when the redirect fails a check, and when the
   * server cannot have used the code (not sent, or HTTP 408, 425, 429, or 503 with `Retry-After`; three times at most):
   * the same redirect may be brought again. Otherwise the flow is used up, and a new one must be started.
   *
   * @throws {FlowExpiredError} when no such flow waits.
   * @throws {BindingMismatchError} when `options.binding` is not what `save` gave this user agent, or is missing.
   * @throws {CallbackReplayedError} when the redirect was taken before.
   * @throws {SavedFlowError} when the flow is another client's, provider's or version's.
   * @throws {StoreError} when the store fails.
   */
  complete(redirectUrl: string, options: CompleteOptions): Promise<Completed>
}

/** The `Authorize` of a client. */
export function authorizeOf(context: ClientContext): Authorize {
  const { provider } = context
  const code = authorizationCode(provider)
  const pinFlow = pin(provider)
  const token = implicit(provider)

  const request = (grant: Grant, state?: string): AuthorizationRequest => begin(context, grant, state)

  // Each flow by the state in which it waits for a person.
  const flows = {
    awaitingRedirect: (waiting: AwaitingRedirect) => exchangeFlow(context, code, waiting),
    awaitingPin: (waiting: AwaitingPin) => exchangeFlow(context, pinFlow, waiting),
    awaitingToken: (waiting: AwaitingToken) => tokenFlow(context, token, waiting),
  }
  const pending = {
    awaitingRedirect: (waiting: AwaitingRedirect, isGenerated: boolean) =>
      pendingExchange(context, flows.awaitingRedirect(waiting), { ...waiting, isGenerated }),
    awaitingPin: (waiting: AwaitingPin, isGenerated: boolean) =>
      pendingExchange(context, flows.awaitingPin(waiting), { ...waiting, isGenerated }),
    awaitingToken: (waiting: AwaitingToken, isGenerated: boolean) =>
      pendingToken(context, flows.awaitingToken(waiting), { ...waiting, isGenerated }),
  }
  const origin = (): FlowOrigin => {
    const { name, authorizationEndpoint } = provider
    return { provider: name, client_id: context.credentials().client_id, authorizationEndpoint }
  }

  return {
    byCode(state) {
      if (provider.requirePushedAuthorizationRequests)
        throw new MisconfiguredError({
          message: `the provider '${provider.name}' takes no other requests than pushed ones: await pushAuthorization(client)`,
        })
      return pending.awaitingRedirect(
        code.start(request('authorization_code', state)).state as AwaitingRedirect,
        !state,
      )
    },
    byPIN: state => pending.awaitingPin(pinFlow.start(request('pin', state)).state as AwaitingPin, !state),
    byToken: state =>
      pending.awaitingToken(token.start(request('implicit', state)).state as AwaitingToken, !state),
    regenerateFromRefreshToken: refresh_token => regenerate(context, refresh_token),
    resume(saved) {
      const waiting = readSavedFlow(saved, origin())
      return pending[waiting.type](waiting as never, false)
    },
    complete: (redirectUrl, options) =>
      completeFromStore(context, redirectUrl, options, stored => {
        const waiting = readSavedFlow(stored, origin())
        return { waiting, flow: flows[waiting.type](waiting as never) }
      }),
  }
}

/**
 * The authorization request of a flow that needs a person.
 *
 * @throws {MisconfiguredError} when the provider has no such grant or the client no client_id.
 */
export function begin(context: ClientContext, grant: Grant, state?: string): AuthorizationRequest {
  if (state !== undefined) checkType('state', state, 'string')
  needGrant(context.provider, grant)
  return context.authorizationRequest(state || randomText(context.crypto))
}
