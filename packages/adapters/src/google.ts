// `@latchkey/adapters/google`
import { AuthClient, GoogleAuth } from 'google-auth-library'
import { apiCredentials, ApiOrigins } from '@latchkey/core/provider'
import { authorizedFetch, type AuthorizedFetchOptions, type TokenSource } from '@latchkey/transport-fetch'

/** What the requests of `googleapis` and of the Google Cloud libraries go through. */
class LatchkeyAuthClient extends AuthClient {
  readonly #client: TokenSource
  readonly #origins: ApiOrigins

  constructor(client: TokenSource, options: AuthorizedFetchOptions) {
    super({ transporterOptions: { fetchImplementation: authorizedFetch(client, options) } })
    this.#client = client
    this.#origins = new ApiOrigins(client, options.origins ?? [])
  }

  async getAccessToken(): Promise<{ token: string }> {
    return { token: await this.#client.accessToken() }
  }

  /** Returns the headers for a request that others send, for example over gRPC. */
  async getRequestHeaders(url?: string | URL): Promise<Headers> {
    if (url !== undefined && !(await this.#origins.covers(String(url))))
      throw new TypeError(`${new URL(url).origin} is not an API of this client: pass it in origins`)
    const { headers } = await apiCredentials(this.#client)
    return this.addSharedMetadataHeaders(new Headers({ ...headers }))
  }

  request: AuthClient['request'] = options => this.transporter.request(options)
}

/**
 * Returns the `auth` of `googleapis` and of the Google Cloud libraries. Their requests go through `authorizedFetch`: a token
 * that an API rejects is refreshed once for all of them. Over gRPC they only ask for the headers, so a rejection there is
 * not noticed.
 *
 * @throws {TypeError} as `authorizedFetch` does.
 */
export function googleAuth(
  client: TokenSource,
  options: AuthorizedFetchOptions = {},
): GoogleAuth<AuthClient> {
  return new GoogleAuth({ authClient: new LatchkeyAuthClient(client, options) })
}
