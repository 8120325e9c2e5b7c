import { Keeper } from '../drive/keeper.ts'
import type { Renewal } from '../keeper/record.ts'
import type { RenewalResult } from '../keeper/states.ts'
import { type FailureCode, type FailureKind, kindOf } from '../failure.ts'
import { outcomeOf } from '../keeper/outcome.ts'
import { own } from '../util/own.ts'
import { consoleLogger, platform, systemClock, systemCrypto } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Logger } from '../ports/logger.ts'
import type { TokenStore } from '../ports/token-store.ts'
import type { AbortSignalLike } from '../ports/transport.ts'
import { quote } from '../util/scrub.ts'
import { type Tokens, tokenSet } from '../tokens.ts'
import { failureCodeOf } from '../wire/error-response.ts'
import { isToken } from '../wire/token-response.ts'
import { grantFromTokens } from './import-tokens.ts'
import { KeptTokens } from './kept-tokens.ts'
import { checkMethods, checkOptionNames, checkType } from '../util/check-type.ts'

declare global {
  /** Merges with the program's own type, of the DOM or of Node. */
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it merges with theirs
  interface AbortSignal {}
}

/** How long a refresh may take, in ms, before its signal aborts. */
const REFRESH_DEADLINE_MS = 60_000

/**
 * Obtains new tokens with the refresh token, by any OAuth library: one request, without retries. Resolves to an object with
 * an `access_token`, its `expires_in` (s, from now) or `expires_at` (Unix time in ms) if known, and a `refresh_token` if
 * there is a new one; else the old one stays (RFC 6749 section 6). Throws when there are no new tokens. `signal` aborts
 * after 60 s; a result that arrives later is still kept.
 */
type Refresh<RefreshToken> = (
  refresh_token: RefreshToken,
  options: { readonly signal: AbortSignal & AbortSignalLike },
) => Promise<Tokens>

/**
 * The options of `keepTokens`. With `refreshTokenRequired: false`, tokens that are imported without a refresh token are
 * renewed too: `refresh` is called without one.
 */
export type KeepTokensOptions = CommonOptions &
  (
    | { readonly refreshTokenRequired?: true | undefined; readonly refresh: Refresh<string> }
    | { readonly refreshTokenRequired: false; readonly refresh: Refresh<string | undefined> }
  )

interface CommonOptions {
  /** Where the tokens are stored. All processes that share it and `key` share one refresh. */
  readonly store: TokenStore
  /** The key under which the store holds these tokens. */
  readonly key: string
  /**
   * Returns the kind of an error that `refresh` threw. The default finds the error code of RFC 6749 section 5.2 where
   * OAuth libraries put it: `error`, `code`, `errorCode`, `body.error`, `response.data.error`, `data.error`,
   * `data.payload.error`, also in its causes. Every other error is `indeterminate`, which keeps the tokens.
   */
  readonly classify?: ((error: unknown) => FailureKind) | undefined
  /** How long before its end an access token is refreshed while it still works, in ms; as of a client. */
  readonly leewayMs?: number | undefined
  /** How long `accessToken()` waits for a retry, in ms; as of a client. */
  readonly maxWaitMs?: number | undefined
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Default: the system's source of random values. */
  readonly crypto?: Crypto | undefined
  /** Default: `console`. */
  readonly logger?: Logger | undefined
}

const OPTIONS = [
  'store',
  'key',
  'refresh',
  'refreshTokenRequired',
  'classify',
  'leewayMs',
  'maxWaitMs',
  'clock',
  'crypto',
  'logger',
]

/** What renews tokens without a refresh token. */
const RENEWAL = { type: 'grant', name: 'refreshTokenRequired: false', parameters: {} } as const

/** Kept tokens that need no refresh token: the record says so. */
class RenewedTokens extends KeptTokens {
  readonly #keeper: Keeper

  constructor(keeper: Keeper) {
    super(keeper)
    this.#keeper = keeper
  }

  override async import(tokens: Partial<Tokens>): Promise<void> {
    const grant = grantFromTokens(tokens, this.#keeper.clock.nowMs())
    this.#keeper.signIn(grant.tokens.refresh_token ? grant : { ...grant, renewal: RENEWAL })
    await this.#keeper.waitUntilStored()
  }
}

const CODES: Readonly<Record<FailureKind, FailureCode>> = {
  transient: 'transient',
  reauth: 'invalid_grant',
  misconfigured: 'misconfigured',
  declined: 'access_denied',
  unrecognized: 'unrecognized',
  indeterminate: 'indeterminate',
}

/**
 * Keeps the tokens that another OAuth library obtains: all processes that share `store` and `key` share one refresh, and
 * no token is lost. Start with `import(tokens)`.
 *
 * @throws {TypeError} when an option is unknown or of the wrong type; the message names it.
 */
export function keepTokens(options: KeepTokensOptions): KeptTokens {
  checkOptionNames('keepTokens()', options, OPTIONS)
  const { store, key, classify = classifyByWords, refreshTokenRequired = true, leewayMs, maxWaitMs } = options
  const refresh = options.refresh as Refresh<string | undefined>
  const { clock = systemClock, crypto = systemCrypto, logger = consoleLogger } = options
  checkMethods('store', store, ['read', 'compareAndSwap', 'remove'])
  checkType('key', key, 'string')
  checkMethods('options', options, ['refresh'])
  checkType('refreshTokenRequired', refreshTokenRequired, 'boolean')
  const keeper = new Keeper({
    store,
    clock,
    crypto,
    logger,
    leewayMs,
    maxWaitMs,
    key: () => key,
    owner: () => ({ provider: '', client_id: '', account: key }),
    grants: refreshTokenRequired ? [] : [RENEWAL.name],
    renew: (refresh_token, { renewal }) => renewBy(refresh, classify, clock, refresh_token, renewal),
  })
  return refreshTokenRequired ? new KeptTokens(keeper) : new RenewedTokens(keeper)
}

async function renewBy(
  refresh: Refresh<string | undefined>,
  classify: (error: unknown) => FailureKind,
  clock: Clock,
  refresh_token: string | undefined,
  renewal: Renewal | undefined,
): Promise<RenewalResult> {
  const deadline = new platform.AbortController()
  const done = new platform.AbortController()
  void clock.sleep(REFRESH_DEADLINE_MS, { signal: done.signal }).then(() => deadline.abort())
  try {
    const tokens = await refresh(refresh_token, { signal: deadline.signal as AbortSignal & AbortSignalLike })
    return granted(tokens, clock.nowMs(), renewal && refresh_token)
  } catch (error) {
    const message = quote(String(own(error, 'message') ?? 'refresh() threw no Error'), [refresh_token ?? ''])
    const failure = { code: CODES[classify(error)], message: `the refresh failed: ${message}` }
    return { type: 'failed', outcome: outcomeOf(failure), failure }
  } finally {
    done.abort('done')
  }
}

/**
 * Reads what `refresh` returned; without a refresh token `before` stays. If it is unusable, its refresh token may still work.
 */
function granted(tokens: Tokens, nowMs: number, before: string | undefined): RenewalResult {
  const given = Object(tokens) as Partial<Tokens>
  const { refresh_token } = given
  const salvaged = isToken(refresh_token) ? { refresh_tokens: [refresh_token], truncated: false } : undefined
  try {
    const grant = grantFromTokens(given, nowMs)
    const kept = before === undefined ? {} : { refresh_token: before }
    if (grant.tokens.access_token)
      return { type: 'granted', tokens: tokenSet({ ...kept, ...grant.tokens } as Tokens) }
    throw new TypeError('there is no access_token')
  } catch (error) {
    const message = `refresh() returned unusable tokens: ${(error as TypeError).message}`
    return { type: 'failed', outcome: 'indeterminate', failure: { code: 'indeterminate', message }, salvaged }
  }
}

/** Where OAuth and HTTP libraries put the error code of RFC 6749 section 5.2 in their errors. */
const ERROR_PATHS = [
  'error',
  'code',
  'errorCode',
  'body.error',
  'response.data.error',
  'data.error',
  'data.payload.error',
].map(path => path.split('.'))
const MAX_CAUSES = 3

/** Returns the kind of an error by the error code in it, or in one of its causes, three levels down. */
function classifyByWords(error: unknown): FailureKind {
  for (let at = error, depth = 0; at && depth <= MAX_CAUSES; at = (at as { cause?: unknown }).cause, depth++)
    for (const path of ERROR_PATHS) {
      const word = path.reduce<unknown>((value, name) => own(value, name), at)
      const code = typeof word === 'string' ? failureCodeOf([word], 'refresh') : undefined
      if (code) return kindOf(code) ?? 'indeterminate'
    }
  return 'indeterminate'
}
