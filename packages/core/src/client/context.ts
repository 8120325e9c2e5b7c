import { MisconfiguredError } from '../errors.ts'
import type { AuthorizationRequest } from '../flows/waiting.ts'
import type { Dpop } from '../dpop/dpop.ts'
import type { TokenGrant } from '../grants/token-grant.ts'
import type { Keeper } from '../drive/keeper.ts'
import type { Clock } from '../ports/clock.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Logger } from '../ports/logger.ts'
import type { TokenStore } from '../ports/token-store.ts'
import type { Transport } from '../ports/transport.ts'
import type { Grant, Provider, RedirectParameters } from '../provider/provider.ts'
import type { DpopKey } from '../keeper/record.ts'
import type { OwnRequest } from '../sign-in/own-request.ts'
import type { Tokens } from '../tokens.ts'
import type { ClientCredentials } from '../wire/client-request.ts'

/** What flows need of their client. Members that can change are methods. */
export interface ClientContext {
  readonly provider: Provider
  readonly keeper: Keeper
  readonly clock: Clock
  readonly crypto: Crypto
  readonly logger: Logger
  readonly requireState: boolean
  readonly store: TokenStore
  /** Refreshes under way of refresh tokens that are not stored, by refresh token. */
  readonly trials: Map<string, Promise<Tokens>>
  /** The client was created for an account, by the option or by `client.account()`. */
  readonly hasAccount: boolean
  /** Returns the account of that name, by default the client's own. */
  account(name: string | undefined): { readonly name: string; readonly keeper: Keeper }
  /** @throws {MisconfiguredError} without a client_id. */
  credentials(): ClientCredentials
  scope(): string | null
  redirect_uri(): string | null
  /** Returns the provider, or its server that the redirect of the sign-in named. */
  providerAt(redirect: RedirectParameters | undefined): Provider
  /** Logs a warning, the first time. */
  warnOnce(message: string): void
  /** Whether a sign-in requests what a refresh token requires. */
  readonly offline: boolean
  /** @throws {MisconfiguredError} without a client_id. */
  authorizationRequest(state: string, own?: OwnRequest): AuthorizationRequest
  /**
   * Returns what sends requests; with `key`, with a proof of its possession.
   *
   * @throws {MissingTransportError} without a transport.
   * @throws {MisconfiguredError} when there is a key and the client has no `dpop`.
   */
  transport(key?: DpopKey): Transport
  readonly dpop: Dpop | undefined
  readonly grants: Readonly<Record<string, TokenGrant>> | undefined
}

const contexts = new WeakMap<object, ClientContext>()

/** Registers the context of a client, for the functions that accept a client. */
export function register(client: object, context: ClientContext): void {
  contexts.set(client, context)
}

/** @throws {TypeError} when `client` is not a client of this copy of the package. */
export function contextOf(client: object): ClientContext {
  const context = contexts.get(Object(client))
  if (!context)
    throw new TypeError(
      'client must be a Client of this copy of @latchkey/core: is the package installed twice?',
    )
  return context
}

/** @throws {MisconfiguredError} when the provider has no such grant. */
export function needGrant({ name, grants }: Provider, grant: Grant): void {
  if (!grants.includes(grant))
    throw new MisconfiguredError({ message: `the provider '${name}' has no ${grant} grant` })
}

/** @throws {MisconfiguredError} when the provider has no such endpoint. */
export function needEndpoint(provider: Provider, member: keyof Provider & `${string}Endpoint`): string {
  const url = provider[member]
  if (!url) throw new MisconfiguredError({ message: `the provider '${provider.name}' has no ${member}` })
  return url
}
