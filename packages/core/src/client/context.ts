import type { AuthorizationRequest } from '../flows/waiting.ts'
import type { Keeper } from '../drive/keeper.ts'
import type { Clock } from '../ports/clock.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Logger } from '../ports/logger.ts'
import type { Transport } from '../ports/transport.ts'
import type { Provider } from '../provider.ts'
import type { Tokens } from '../tokens.ts'
import type { ClientCredentials } from '../wire/client-request.ts'

/** What flows need of the client they belong to. What can change is a method: it is read when it is needed. */
export interface ClientContext {
  readonly provider: Provider
  readonly keeper: Keeper
  readonly clock: Clock
  readonly crypto: Crypto
  readonly logger: Logger
  readonly requireState: boolean
  /** Refresh tokens that are being tried out, by themselves. */
  readonly trials: Map<string, Promise<Tokens>>
  /** @throws {MisconfiguredError} without a client_id. */
  credentials(): ClientCredentials
  /** @throws {MisconfiguredError} without a client_id. */
  authorizationRequest(state: string): AuthorizationRequest
  /** @throws {MissingTransportError} without one. */
  transport(): Transport
}
