import type { Provider, TokenRejection } from '../provider/provider.ts'
import { challengeParameters } from './challenge.ts'

/** The parts of an API's response that show whether it rejects the access token. */
export interface ApiResponse {
  /** The HTTP status. The provider says which ones can reject a token; 401 by default. */
  readonly status: number
  /** Returns a header. `name` is in lower case. */
  header(name: string): string | null | undefined
  /** Returns the body, or its beginning. It is called only if the provider's rules depend on the body. */
  text(): Promise<string>
}

/** RFC 6750 section 3.1: an API rejects an expired, revoked or malformed token with status 401. */
const DEFAULT: readonly TokenRejection[] = [{ status: 401 }]

/** Whether a response with this status can reject a token. The rest of the response decides, in `isTokenRejected`. */
export function mayRejectToken(provider: Pick<Provider, 'quirks'> | undefined, status: number): boolean {
  return rejectionsOf(provider).some(rejection => rejection.status === status)
}

function rejectionsOf(provider: Pick<Provider, 'quirks'> | undefined): readonly TokenRejection[] {
  return provider?.quirks?.tokenRejected ?? DEFAULT
}

/**
 * Whether `WWW-Authenticate` names other errors than `invalid_token` (RFC 6750 section 3.1): a missing scope,
 * an authentication that is too weak (RFC 9470), a nonce (RFC 9449). A new access token would not help.
 */
function hasOtherError(header: string): boolean {
  const errors = challengeParameters(header).flatMap(([name, value]) => (name === 'error' ? [value] : []))
  return errors.length > 0 && !errors.includes('invalid_token')
}

/**
 * Whether a response rejects the access token of its request. An error in `WWW-Authenticate` other than `invalid_token`
 * says no. Otherwise the provider's quirk `tokenRejected` decides, or else RFC 6750 section 3.1. A rate limit, a missing
 * scope and a server error do not reject the token.
 */
export async function isTokenRejected(
  provider: Pick<Provider, 'quirks'> | undefined,
  response: ApiResponse,
): Promise<boolean> {
  if (hasOtherError(response.header('www-authenticate') ?? '')) return false
  let body: Promise<string> | undefined
  for (const { status, bodyIncludes, remaining } of rejectionsOf(provider)) {
    if (status !== response.status) continue
    if (remaining && !isWithinLimits(remaining, response)) continue
    if (bodyIncludes === undefined || (await (body ??= response.text())).includes(bodyIncludes)) return true
  }
  return false
}

/** Whether the response names a rate limit, and none is exhausted. A response with `Retry-After` is rate limited. */
function isWithinLimits(minimums: Readonly<Record<string, number>>, response: ApiResponse): boolean {
  const counts = Object.entries(minimums)
    .map(([name, minimum]) => [response.header(name), minimum] as const)
    .filter(([count]) => count != null)
  return (
    response.header('retry-after') == null &&
    counts.length > 0 &&
    counts.every(([count, minimum]) => /^\d+$/.test(count as string) && Number(count) >= minimum)
  )
}
