// `@latchkey/adapters/octokit`
import { authorizedFetch, type AuthorityOptions, type TokenSource } from '@latchkey/transport-fetch'

/** Changes the options of a request on its way; Octokit calls it for each. */
type RequestHook = <Options extends { readonly request?: object }, Result>(
  request: (options: Options) => Result,
  options: Options,
) => Result

/** An authentication strategy of Octokit: `new Octokit({ authStrategy: octokitAuth(client) })`. */
export type OctokitAuthStrategy = (given: {
  readonly octokitOptions?: { readonly request?: { readonly fetch?: unknown } }
}) => (() => Promise<OctokitAuthentication>) & { readonly hook: RequestHook }

/** What `octokit.auth()` returns. */
export interface OctokitAuthentication {
  readonly type: 'token'
  /** As of Octokit's own strategy for the tokens of an OAuth app. */
  readonly tokenType: 'oauth'
  /** The access token, which is valid now. */
  readonly token: string
}

/**
 * Returns an authentication strategy: every request of the Octokit, and of its plugins, goes through `authorizedFetch`. It
 * sends with the `request.fetch` of the Octokit, by default the global one.
 *
 * @throws {TypeError} as `authorizedFetch` does.
 */
export function octokitAuth(client: TokenSource, options: AuthorityOptions = {}): OctokitAuthStrategy {
  const fetchOver = (custom: unknown): typeof fetch =>
    authorizedFetch(client, { ...options, ...(custom ? { fetch: custom as typeof fetch } : {}) })
  fetchOver(undefined) // checks the arguments

  return ({ octokitOptions }) => {
    const fetch = fetchOver(octokitOptions?.request?.fetch)
    const hook: RequestHook = (request, sent) => request({ ...sent, request: { ...sent.request, fetch } })
    const auth = async (): Promise<OctokitAuthentication> => ({
      type: 'token',
      tokenType: 'oauth',
      token: await client.accessToken(),
    })
    return Object.assign(auth, { hook })
  }
}
