// The `fetch` of a transport: adds the token, refreshes it, and signs the user in where the server demands it.
import { isSignInRequired } from '@latchkey/core'
import { ApiOrigins, stepUpOf } from '@latchkey/core/provider'
import { authorizedFetch } from '@latchkey/transport-fetch'
import type { Account, Connection } from './connection.ts'
import type { HandedOut } from './handed-out.ts'
import type { Logins } from './logins.ts'
import type { McpOptions } from './options.ts'
import { copyOf, isForServer, isRepeatable, urlOf, withoutToken } from './requests.ts'

/** How often one request may lead to a login: first for tokens, then for more scope. */
const MAX_LOGINS = 2

/** A response, and what it was requested with. */
interface Sent {
  readonly response: Response
  /** Whose tokens the request had; `undefined` for a request without. */
  readonly account: Account | undefined
}

/** What sends the requests with the tokens of one client. */
interface Authorized {
  readonly fetch: typeof fetch
  /** The URLs that get its tokens: not the endpoints of an authorization server at the same origin. */
  readonly origins: ApiOrigins
}

/** Sends the requests of transports to one MCP server. */
export class McpFetch {
  readonly #options: McpOptions & { readonly server: string }
  readonly #connection: Connection
  readonly #logins: Logins
  readonly #given: HandedOut
  readonly #authorized = new WeakMap<Account['client'], Authorized>()
  #isUsed = false
  #rejected: string | undefined

  constructor(
    options: McpOptions & { readonly server: string },
    connection: Connection,
    logins: Logins,
    given: HandedOut,
  ) {
    this.#options = options
    this.#connection = connection
    this.#logins = logins
    this.#given = given
  }

  /** Whether a transport uses it: a 401 that the SDK still sees then means that the user must sign in. */
  get isUsed(): boolean {
    return this.#isUsed
  }

  /** The token of the last response that a new token did not help. */
  get rejected(): string | undefined {
    return this.#rejected
  }

  /** Sends a request; once more after a login that its response demanded, if its body can be sent again. */
  async send(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> {
    const url = urlOf(input)
    const account = await this.#connection.known()
    const isOther = !isForServer(url, this.#options.server)
    if (isOther || (account && !(await this.#authorizedBy(account).origins.covers(url))))
      return this.#fetch(input, init)
    this.#isUsed = true
    const own = withoutToken(init, token => this.#given.has(token))
    let sent = await this.#sendAuthorized(input, own)
    if (!isRepeatable(input, own)) return sent.response
    const demands = new Set<string>()
    while (demands.size < MAX_LOGINS) {
      const demand = `${sent.response.status} ${sent.response.headers.get('www-authenticate')}`
      // A login did not help if the response is the same.
      if (demands.has(demand) || !(await this.#loginFor(sent, init?.signal ?? undefined))) break
      demands.add(demand)
      sent.response.body?.cancel().catch(() => {})
      sent = await this.#sendAuthorized(input, own)
    }
    return sent.response
  }

  get #fetch(): typeof fetch {
    return this.#options.fetch ?? globalThis.fetch
  }

  /** Sends a request with the token, if there is one. */
  async #sendAuthorized(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Sent> {
    const account = await this.#connection.known()
    try {
      if (account) {
        const { fetch } = this.#authorizedBy(account)
        const response = await fetch(copyOf(input), init)
        if (response.status === 401 || response.status === 403)
          this.#rejected = (await account.client.tokens())?.access_token
        return { response, account }
      }
    } catch (error) {
      if (!isSignInRequired(error)) throw error // the response to a request without a token says what the server wants
    }
    return { response: await this.#fetch(input, init), account: undefined }
  }

  #authorizedBy({ client }: Account): Authorized {
    const known = this.#authorized.get(client)
    if (known) return known
    const { server, fetch: custom } = this.#options
    const origins = [new URL(server).origin]
    const made = {
      fetch: authorizedFetch(client, { origins, ...(custom && { fetch: custom }) }),
      origins: new ApiOrigins(client, origins),
    }
    this.#authorized.set(client, made)
    return made
  }

  /** Does what a response demands. Returns whether the request is worth sending again. */
  async #loginFor({ response, account }: Sent, signal: AbortSignal | undefined): Promise<boolean> {
    const challenge = response.headers.get('www-authenticate')
    if (account && (await this.#stepUp(account, response, challenge, signal))) return true
    if (response.status !== 401) return false
    const found = await this.#connection.connect(challenge)
    // A token that has just been refreshed was rejected: another login helps only at another authorization server.
    if (account && account.client === found.client) return false
    if (this.#options.signIn) {
      await this.#logins.login({ challenge, signal })
      return true
    }
    // The SDK opens the page, in this process or in the one that has the turn.
    return !!this.#options.redirectToAuthorization && !(await this.#logins.claim(found, {}))
  }

  /** Signs in for more scope, or more strongly (RFC 6750 section 3.1, RFC 9470), if a response demands it. */
  async #stepUp(
    { client }: Account,
    response: Response,
    challenge: string | null,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const request = stepUpOf(response)
    if (!request || !this.#options.signIn) return false
    const { access_token: instead } = (await client.tokens()) ?? {}
    const scope = request.scope as string | undefined
    await this.#logins.login({ request, challenge, instead, scope, signal })
    return true
  }
}
