import type { Owner } from '../keeper/record.ts'
import type { Grant } from '../keeper/record-writes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Logger } from '../ports/logger.ts'
import type { TokenStore } from '../ports/token-store.ts'
import type { AbortSignalLike } from '../ports/transport.ts'
import type { KeeperPorts } from './keeper-effects.ts'

/** What a keeper is made of. */
export interface KeeperOptions {
  readonly store: TokenStore
  readonly clock: Clock
  readonly crypto: Crypto
  readonly logger: Logger
  /** Whose tokens these are; asked whenever it matters, since a client's id may be set late. */
  owner(): Owner
  key?(owner: Owner): string
  readonly renew: KeeperPorts['renew']
  readonly revoke?: KeeperPorts['revoke']
  readonly leewayMs?: number | undefined
  /** Tokens that the program brings along; they are taken where they are new. */
  readonly imported?: Grant | undefined
}

/** What a caller asks of an access token. */
export interface AccessTokenOptions {
  /** Ends this caller's wait, never the refresh. */
  readonly signal?: AbortSignalLike | undefined
  /** How long it must be good, in ms; at most half its lifetime counts. 10,000 unless said otherwise. */
  readonly minValidityMs?: number | undefined
}
