import type { Client } from '../client/client.ts'
import { contextOf, needEndpoint } from '../client/context.ts'
import { checkOptionNames, checkText, checkType } from '../util/check-type.ts'
import { withQuery } from '../wire/authorization-url.ts'

/** The options of `endSession`. */
export interface EndSessionOptions {
  /** Where the server redirects the user afterwards; it must be registered at the server. */
  readonly post_logout_redirect_uri?: string | undefined
  /** Returned in that redirect. */
  readonly state?: string | undefined
}

/**
 * Signs the account out, and returns the URL to send the user to, which ends the user's session at the server (OpenID
 * Connect RP-Initiated Logout 1.0). The URL contains the account's `id_token`, so do not log it.
 *
 * @throws {MisconfiguredError} when the provider has no endpoint for it.
 * @throws {StoreError} when the store fails.
 * @throws {TypeError} when an option is unknown or of the wrong type.
 */
export async function endSession(client: Client, options: EndSessionOptions = {}): Promise<string> {
  const { provider, keeper, credentials } = contextOf(client)
  checkOptionNames('endSession()', options, ['post_logout_redirect_uri', 'state'])
  for (const [name, value] of Object.entries(options) as [string, string | undefined][]) {
    if (value !== undefined) checkType(name, value, 'string')
    checkText(name, value)
  }
  const endpoint = needEndpoint(provider, 'endSessionEndpoint')
  const { post_logout_redirect_uri, state } = options
  const { client_id } = credentials()
  const id_token_hint = (await keeper.read())?.tokens['id_token']
  await keeper.signOut()
  return withQuery(endpoint, {
    id_token_hint: typeof id_token_hint === 'string' ? id_token_hint : undefined,
    client_id,
    post_logout_redirect_uri,
    state,
  })
}
