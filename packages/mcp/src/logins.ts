// Signs users in: one login at a time for all processes that share the store.
import {
  type AuthorizationError,
  type Client,
  FlowStateError,
  MisconfiguredError,
  type Pending,
  StoreError,
  type Tokens,
} from '@latchkey/core'
import type { Account, Connection } from './connection.ts'
import { inTurn, Lease, type LeasePorts, waitForOthers, waitForTurn } from './lease.ts'
import type { McpOptions, SignInRequest } from './options.ts'

/** How long a page that was opened is waited for, in ms; as long as a receiver waits. */
const PAGE_MS = 600_000

/** When a page is opened again, in ms: the user may have closed the first one. */
const REOPEN_MS = 60_000

/** What a login must bring. */
export interface LoginRequest {
  /** More than the default request: the scope that an API demands, for example. */
  readonly request?: SignInRequest | undefined
  /** The header `WWW-Authenticate` of the response that demands it. */
  readonly challenge?: string | null | undefined
  /** An access token that is not good enough. By default any working tokens are, also those of another process. */
  readonly instead?: string | undefined
  /** The scope that the tokens must have. */
  readonly scope?: string | undefined
  /** Passed to `signIn`. */
  readonly signal?: AbortSignal | undefined
}

/** A page that the user has been sent to. */
interface Flow {
  readonly account: Account
  readonly pending: Pending<Promise<Tokens>>
  readonly openedAtMs: number
}

/** The logins of one account. */
export class Logins {
  readonly #options: McpOptions
  readonly #connection: Connection
  readonly #ports: LeasePorts
  readonly #key: string
  #flow: Flow | undefined
  #lease: Promise<Lease | undefined> | undefined

  constructor(options: McpOptions, connection: Connection, ports: LeasePorts, key: string) {
    this.#options = options
    this.#connection = connection
    this.#ports = ports
    this.#key = key
  }

  /**
   * Signs the user in by the option `signIn`, unless another process does so, whose tokens it waits for.
   *
   * @throws what `signIn` throws, here or there.
   */
  async login({ request = {}, challenge, signal, ...wanted }: LoginRequest): Promise<void> {
    const { signIn } = this.#options
    if (!signIn) throw new MisconfiguredError({ message: 'pass signIn, so that the user can sign in' })
    const account = await this.#connection.connect(challenge)
    const { client } = account
    await inTurn(this.#ports, this.#key, {
      find: () => hasTokens(client, wanted),
      signal,
      work: async () => {
        try {
          await signIn(client, await requestFor(account, this.#options, request), { signal })
          await client.settled() // the caller learns of tokens that cannot be saved
        } catch (error) {
          // A server that does not know this host shows its user an error, and redirects to nobody.
          if (!signal?.aborted && !cameBack(error)) await this.#connection.forgetRegistration(account)
          throw error
        }
        return true as const
      },
    })
    await adopt(client, wanted)
  }

  /** Waits for the login of another process, if there is one. */
  async waitForOthers(): Promise<void> {
    if (await this.#isHeld()) return
    await waitForOthers(this.#ports, this.#key, {
      find: async () => {
        const account = await this.#connection.known()
        return account && hasTokens(account.client, {})
      },
    })
  }

  /**
   * Takes the turn for a page of `redirectToAuthorization`. Returns whether this process has it; otherwise another one has
   * signed in meanwhile.
   */
  async claim(account: Account, wanted: Pick<LoginRequest, 'instead' | 'scope'>): Promise<boolean> {
    if (await this.#isHeld()) return true
    this.#lease ??= this.#take(account, wanted)
    try {
      if (await this.#lease) return true
    } catch (error) {
      this.#lease = undefined
      throw error
    }
    this.#lease = undefined
    await adopt(account.client, wanted)
    return false
  }

  async #take(
    { client }: Account,
    wanted: Pick<LoginRequest, 'instead' | 'scope'>,
  ): Promise<Lease | undefined> {
    const taken = await waitForTurn(this.#ports, this.#key, { find: () => hasTokens(client, wanted) })
    return taken instanceof Lease ? taken : undefined
  }

  /** Whether this process has the turn. One that nobody extended has ended. */
  async #isHeld(): Promise<boolean> {
    const lease = await this.#lease?.catch(() => undefined)
    if (lease?.isOver) this.#lease = undefined
    return lease !== undefined && !lease.isOver
  }

  /** Sends the user to a page, once: while one is open, another transport of this process opens no second one. */
  async open(account: Account, request: SignInRequest): Promise<void> {
    const { redirectToAuthorization } = this.#options
    if (!redirectToAuthorization)
      throw new MisconfiguredError({ message: 'pass redirectToAuthorization, so that the user can sign in' })
    const nowMs = this.#ports.clock.monotonicMs()
    const before = this.#flow
    if (before && nowMs - before.openedAtMs < REOPEN_MS) return
    const own = await requestFor(account, this.#options, request)
    if (this.#flow !== before) return
    const pending = account.client.Authorize.byCode(own)
    this.#flow = { account, pending, openedAtMs: nowMs }
    ;(await this.#lease)?.keep(PAGE_MS)
    await redirectToAuthorization(new URL(pending.url))
  }

  /**
   * Completes a login by the redirect's URL: the state and the issuer are checked.
   *
   * @throws what `Pending.authorize` throws; if the error's `stillWaits` is true, call it again with another URL.
   */
  async finish(redirectUrl: string): Promise<void> {
    const { pending, account } = this.flow
    try {
      await pending.authorize(redirectUrl)
      await account.client.settled()
    } catch (error) {
      if (!(error as { readonly stillWaits?: boolean }).stillWaits) await this.end(error)
      throw error
    }
    await this.end()
  }

  /** The page that the user is at. */
  get flow(): Flow {
    if (this.#flow) return this.#flow
    throw new FlowStateError('no login is under way in this process: connect again')
  }

  /** Whether the user is at a page of this process. */
  get isOpen(): boolean {
    return this.#flow !== undefined
  }

  /** Ends the turn of this process; those who wait learn of `error`. */
  async end(error?: unknown): Promise<void> {
    const lease = await this.#lease?.catch(() => undefined)
    this.#flow = undefined
    this.#lease = undefined
    await lease?.release(error)
  }
}

/** Whether a login failed at a server that knows this host: the user declined, or the server is not available. */
function cameBack(error: unknown): boolean {
  const { kind } = error as Partial<AuthorizationError>
  return kind === 'declined' || kind === 'transient' || error instanceof StoreError
}

/** Whether the store has tokens that are good enough. */
async function hasTokens(
  client: Client,
  { instead, scope }: Pick<LoginRequest, 'instead' | 'scope'>,
): Promise<true | undefined> {
  const tokens = await client.tokens()
  if (!tokens || (instead !== undefined && tokens.access_token === instead)) return undefined
  return covers(tokens, scope) || undefined
}

/** Scopes of the sign-in, which the access token for a resource lacks (OpenID Connect Core 5.4 and 11). */
const OF_SIGN_IN = ['', 'openid', 'offline_access']

/** Whether tokens have a scope, as far as the server says (RFC 6749 section 5.1). */
export function covers({ scope: granted }: Tokens, scope: string = ''): boolean {
  const has = granted?.split(' ')
  return !has || scope.split(' ').every(one => OF_SIGN_IN.includes(one) || has.includes(one))
}

/** Lets a client know of the tokens that another process has stored. Nothing is refreshed: they are newer. */
async function adopt(client: Client, { instead }: Pick<LoginRequest, 'instead'>): Promise<void> {
  if (instead !== undefined) await client.rejected(instead)
}

/**
 * Returns the request of a login: for what the server lists and a refresh token, or for what it demands. A demand keeps the
 * scope of the present tokens, which the new ones replace.
 */
async function requestFor(
  { server, client }: Account,
  options: McpOptions,
  { scope: demanded, parameters }: SignInRequest,
): Promise<SignInRequest> {
  const { scope: granted = '' } = (demanded !== undefined && (await client.tokens())) || {}
  const wanted = [granted, demanded ?? options.scope ?? server.scopes ?? ''].flat().join(' ')
  const scopes = new Set(wanted.split(' ').filter(Boolean))
  if (scopes.size > 0 && server.description.scopesSupported?.includes('offline_access'))
    scopes.add('offline_access')
  return {
    ...(scopes.size > 0 && { scope: [...scopes].join(' ') }),
    // OpenID Connect Core 11: without it, a server ignores offline_access.
    parameters: { ...(scopes.has('offline_access') && { prompt: 'consent' }), ...parameters },
  }
}
