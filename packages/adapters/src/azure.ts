// `@latchkey/adapters/azure`
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth'
import type { Snapshot } from '@latchkey/core'

/** A `Client`, or the result of `keepTokens`. */
export interface AzureTokenSource {
  /** Returns a valid access token, or rejects as `client.accessToken` does. */
  accessToken(options?: { readonly signal?: AbortSignal }): Promise<string>
  /** Returns what is known of the account; when its access token expires is told to Azure's library. */
  snapshot(): Snapshot
}

/** Options of `azureCredential`. */
export interface AzureCredentialOptions {
  /** The API that the account's tokens are for, such as `https://management.azure.com`. */
  readonly resource: string
}

/** How long a token without a known end is used before the Azure library gets another one, in ms. */
const UNKNOWN_LIFETIME_MS = 300_000

/**
 * Returns a `TokenCredential` for the clients of the Azure SDK. A token is for one resource: a client that requests a scope
 * of another one gets an error, since its API must not receive this token.
 *
 * The SDK keeps the token until shortly before its end. A response with status 401 does not reach Latchkey. After a claims challenge
 * (continuous access evaluation) the user must sign in again: `getToken` rejects.
 *
 * @throws {TypeError} when an argument is wrong.
 */
export function azureCredential(
  client: AzureTokenSource,
  { resource }: AzureCredentialOptions,
): TokenCredential {
  if (typeof Object(client).accessToken !== 'function' || typeof Object(client).snapshot !== 'function')
    throw new TypeError('client must be a Client, or the result of keepTokens')
  if (typeof resource !== 'string' || resource === '')
    throw new TypeError("resource must be the API's identifier, such as 'https://management.azure.com'")
  const prefix = resource.endsWith('/') ? resource : `${resource}/`

  return {
    async getToken(scopes, options: GetTokenOptions = {}): Promise<AccessToken> {
      const foreign = [scopes].flat().find(scope => !scope.startsWith(prefix))
      if (foreign !== undefined)
        throw new TypeError(
          `the tokens of this credential are for ${resource}, not for the scope '${foreign}'`,
        )
      if (options.claims !== undefined)
        throw new Error('the API sent a claims challenge: the user must sign in again, with that challenge')
      const signal = options.abortSignal as AbortSignal | undefined
      const token = await client.accessToken(signal ? { signal } : {})
      const { expiresAtMs = Date.now() + UNKNOWN_LIFETIME_MS } = client.snapshot()
      return { token, expiresOnTimestamp: expiresAtMs, tokenType: 'Bearer' }
    },
  }
}
