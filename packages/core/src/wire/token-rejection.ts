import type { Provider, TokenRejection } from '../provider/provider.ts'

/** An response of an API, as far as it takes to see whether it refuses the access token. */
export interface ApiResponse {
  readonly status: number
  /** A header by its name in lower case. */
  header(name: string): string | null | undefined
  /** The body, or the beginning of it; read only where its words matter. */
  text(): Promise<string>
}

/** RFC 6750 section 3.1: a token that is expired, revoked or malformed is told by status 401. */
const DEFAULT: readonly TokenRejection[] = [{ status: 401 }]

/** Whether an response with this status can refuse a token; the rest of the response says whether it does. */
export function mayRejectToken(provider: Pick<Provider, 'quirks'> | undefined, status: number): boolean {
  return rejectionsOf(provider).some(refusal => refusal.status === status)
}

function rejectionsOf(provider: Pick<Provider, 'quirks'> | undefined): readonly TokenRejection[] {
  return provider?.quirks?.tokenRejected ?? DEFAULT
}

/**
 * Whether an response to a request with an access token refuses that token, by the provider's `tokenRefused` or else
 * by RFC 6750 section 3.1. A rate limit, a missing scope and a server that fails are none of it.
 */
export async function isTokenRejected(
  provider: Pick<Provider, 'quirks'> | undefined,
  response: ApiResponse,
): Promise<boolean> {
  let body: Promise<string> | undefined
  for (const { status, bodyIncludes, remaining } of rejectionsOf(provider)) {
    if (status !== response.status) continue
    if (remaining && !isWithinLimits(remaining, response)) continue
    if (bodyIncludes === undefined || (await (body ??= response.text())).includes(bodyIncludes)) return true
  }
  return false
}

/** Whether the limits that the response names are not used up, and it names one; who says when to come back limits. */
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
