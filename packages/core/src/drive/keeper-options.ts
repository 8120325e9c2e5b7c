import type { Dpop } from '../dpop/dpop.ts'
import type { Owner } from '../keeper/record.ts'
import type { Grant } from '../keeper/record-writes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Logger } from '../ports/logger.ts'
import type { TokenStore } from '../ports/token-store.ts'
import type { AbortSignalLike } from '../ports/transport.ts'
import type { KeeperPorts } from './keeper-effects.ts'

/** The options of a keeper. */
export interface KeeperOptions {
  readonly store: TokenStore
  readonly clock: Clock
  readonly crypto: Crypto
  readonly logger: Logger
  /** Returns the account; called before each run, since a client's id may be set late. */
  owner(): Owner
  key?(owner: Owner): string
  /** Returns the client's scope, which tokens of client credentials must have. */
  scope?(): string | null
  readonly renew: KeeperPorts['renew']
  readonly revoke?: KeeperPorts['revoke']
  /** The names of the grants that `renew` knows. */
  readonly grants?: readonly string[] | undefined
  readonly leewayMs?: number | undefined
  readonly maxWaitMs?: number | undefined
  /** Creates and stores the keys that tokens are bound to. */
  readonly dpop?: Dpop | undefined
  /** Tokens that the program passes; they are imported if they are new. */
  readonly imported?: Grant | undefined
}

/** What a caller requires of an access token. */
export interface AccessTokenOptions {
  /** Ends this caller's wait, but not the refresh. */
  readonly signal?: AbortSignalLike | undefined
  /** How long it must still work, in ms; at most half its lifetime counts. Default 10,000. */
  readonly minValidityMs?: number | undefined
  /**
   * How long to wait, in ms, for a retry after a failure that passes by itself: 0 for no retry. Requests under way are
   * always waited for. Default: the client's, which is 5,000 by default.
   */
  readonly maxWaitMs?: number | undefined
}
