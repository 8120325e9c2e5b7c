import { checkType } from '../check-type.ts'
import { MisconfiguredError } from '../errors.ts'
import { authorizationCode, type AwaitingRedirect } from '../flows/authorization-code.ts'
import { type AwaitingToken, implicit } from '../flows/implicit.ts'
import { type AwaitingPin, pin } from '../flows/pin.ts'
import type { AuthorizationRequest } from '../flows/waiting.ts'
import type { Grant } from '../provider.ts'
import { randomText } from '../random-text.ts'
import type { Tokens } from '../tokens.ts'
import { type ClientContext, needGrant } from './context.ts'
import { type Pending, pendingExchange, pendingToken } from './pending.ts'
import { regenerate } from './regenerate.ts'
import { readSavedFlow, type SavedFlow, type UnresumableFlow } from './saved-flow.ts'

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
}

/** The `Authorize` of a client. */
export function authorizeOf(context: ClientContext): Authorize {
  const { provider } = context
  const code = authorizationCode(provider)
  const pinned = pin(provider)
  const token = implicit(provider)

  const request = (grant: Grant, state?: string): AuthorizationRequest => begin(context, grant, state)

  // Each flow by the state in which it waits for a person.
  const pending = {
    awaitingRedirect: (waiting: AwaitingRedirect) => pendingExchange(context, code, waiting),
    awaitingPin: (waiting: AwaitingPin) => pendingExchange(context, pinned, waiting),
    awaitingToken: (waiting: AwaitingToken) => pendingToken(context, token, waiting),
  }

  return {
    byCode(state) {
      if (provider.requirePushedAuthorizationRequests)
        throw new MisconfiguredError({
          message: `the provider '${provider.name}' takes no other requests than pushed ones: await pushAuthorization(client)`,
        })
      return pending.awaitingRedirect(
        code.start(request('authorization_code', state)).state as AwaitingRedirect,
      )
    },
    byPIN: state => pending.awaitingPin(pinned.start(request('pin', state)).state as AwaitingPin),
    byToken: state => pending.awaitingToken(token.start(request('implicit', state)).state as AwaitingToken),
    regenerateFromRefreshToken: refresh_token => regenerate(context, refresh_token),
    resume(saved) {
      const { name, authorizationEndpoint } = provider
      const { client_id } = context.credentials()
      const waiting = readSavedFlow(saved, { provider: name, client_id, authorizationEndpoint })
      return pending[waiting.type](waiting as never)
    },
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
