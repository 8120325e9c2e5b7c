import type { Provider, TokenRejection } from '../provider.ts'

/** An answer of an API, as far as it takes to see whether it refuses the access token. */
export interface ApiResponse {
  readonly status: number
  /** A header by its name in lower case. */
  header(name: string): string | null | undefined
  /** The body, or the beginning of it; read only where its words matter. */
  text(): Promise<string>
}

/** RFC 6750 section 3.1: a token that is expired, revoked or malformed is told by status 401. */
const DEFAULT: readonly TokenRejection[] = [{ status: 401 }]

/** Whether an answer with this status can refuse a token; the rest of the answer says whether it does. */
export function mayRejectToken(provider: Pick<Provider, 'quirks'> | undefined, status: number): boolean {
  return rejectionsOf(provider).some(refusal => refusal.status === status)
}

function rejectionsOf(provider: Pick<Provider, 'quirks'> | undefined): readonly TokenRejection[] {
  return provider?.quirks?.tokenRejected ?? DEFAULT
}

/**
 * Whether an answer to a request with an access token refuses that token, by the provider's `tokenRefused` or else
 * by RFC 6750 section 3.1. A rate limit, a missing scope and a server that fails are none of it.
 */
export async function isTokenRejected(
  provider: Pick<Provider, 'quirks'> | undefined,
  answer: ApiResponse,
): Promise<boolean> {
  let body: Promise<string> | undefined
  for (const { status, words, left } of rejectionsOf(provider)) {
    if (status !== answer.status) continue
    if (left && !isWithinLimits(left, answer)) continue
    if (words === undefined || (await (body ??= answer.text())).includes(words)) return true
  }
  return false
}

/** Whether the limits that the answer names are not used up, and it names one; who says when to come back limits. */
function isWithinLimits(least: Readonly<Record<string, number>>, answer: ApiResponse): boolean {
  const counts = Object.entries(least)
    .map(([name, enough]) => [answer.header(name), enough] as const)
    .filter(([count]) => count != null)
  return (
    answer.header('retry-after') == null &&
    counts.length > 0 &&
    counts.every(([count, enough]) => /^\d+$/.test(count as string) && Number(count) >= enough)
  )
}
