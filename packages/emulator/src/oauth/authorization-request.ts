import type { Switches } from '../options.ts'
import type { RegisteredClient, Registry } from '../registry.ts'
import { isRedirectUri } from '../registry.ts'

/** The response types of Imgur. `pin` is specific to Imgur. */
export const RESPONSE_TYPES = ['code', 'token', 'pin'] as const
export type ResponseType = (typeof RESPONSE_TYPES)[number]

/** A valid authorization request (RFC 6749 section 4.1.1). */
export interface AuthorizationRequest {
  readonly client: RegisteredClient
  /** May be none of {@link RESPONSE_TYPES}. */
  readonly response_type: string
  /** `undefined` if it was not sent. The empty string is a state. */
  readonly state: string | undefined
  /** Where the user is redirected. */
  readonly redirect_uri: string
}

/** Why an authorization request is rejected without a redirect. */
export type RequestError = 'missing-client' | 'unknown-client' | 'missing-response-type' | 'redirect-mismatch'

/**
 * Reads the query of the authorize page. It ignores other parameters (`scope`, `nonce`, `code_challenge`, even
 * `client_secret`), as recorded. The last value of a repeated parameter counts.
 */
export function readAuthorizationRequest(
  url: URL,
  registry: Registry,
  switches: Readonly<Switches>,
): AuthorizationRequest | RequestError {
  const parameter = (name: string) => url.searchParams.getAll(name).at(-1)
  const client_id = parameter('client_id')
  const response_type = parameter('response_type')
  if (!client_id) return 'missing-client'
  const client = registry.clients.get(client_id)
  if (!client) return 'unknown-client'
  if (!response_type) return 'missing-response-type'
  const redirect_uri = redirectTarget(client, parameter('redirect_uri'), url, switches)
  if (redirect_uri === undefined) return 'redirect-mismatch'
  return { client, response_type, state: parameter('state'), redirect_uri }
}

function redirectTarget(
  client: RegisteredClient,
  requested: string | undefined,
  url: URL,
  switches: Readonly<Switches>,
): string | undefined {
  if (requested === undefined) return client.redirect_uri
  if (requested === '') {
    return switches.emptyRedirectToSelf ? `${url.origin}${url.pathname}` : client.redirect_uri
  }
  return matchesRegistered(requested, client.redirect_uri, switches) ? requested : undefined
}

/** Returns whether a redirect URI matches the registered one (inferred: a case-insensitive prefix match). */
export function matchesRegistered(
  requested: string,
  registered: string,
  { redirectMatch }: Readonly<Switches>,
): boolean {
  if (!isRedirectUri(requested)) return false
  return redirectMatch === 'strict'
    ? requested === registered
    : requested.toLowerCase().startsWith(registered.toLowerCase())
}
