import type { Provider, TokenRefusal } from '../provider.ts'

/** An answer of an API, as far as it takes to see whether it refuses the access token. */
export interface ApiAnswer {
  readonly status: number
  /** A header by its name in lower case. */
  header(name: string): string | null | undefined
  /** The body, or the beginning of it; read only where its words matter. */
  text(): Promise<string>
}

/** RFC 6750 section 3.1: a token that is expired, revoked or malformed is told by status 401. */
const DEFAULT: readonly TokenRefusal[] = [{ status: 401 }]

/** Whether an answer with this status can refuse a token; the rest of the answer says whether it does. */
export function mayRefuseToken(provider: Pick<Provider, 'quirks'> | undefined, status: number): boolean {
  return refusalsOf(provider).some(refusal => refusal.status === status)
}

function refusalsOf(provider: Pick<Provider, 'quirks'> | undefined): readonly TokenRefusal[] {
  return provider?.quirks?.tokenRefused ?? DEFAULT
}

/**
 * Whether an answer to a request with an access token refuses that token, by the provider's `tokenRefused` or else
 * by RFC 6750 section 3.1. A rate limit, a missing scope and a server that fails are none of it.
 */
export async function isTokenRefused(
  provider: Pick<Provider, 'quirks'> | undefined,
  answer: ApiAnswer,
): Promise<boolean> {
  let body: Promise<string> | undefined
  for (const { status, words, left } of refusalsOf(provider)) {
    if (status !== answer.status) continue
    if (left && !isLeft(left, answer)) continue
    if (words === undefined || (await (body ??= answer.text())).includes(words)) return true
  }
  return false
}

/** Whether the limits that the answer names are not used up, and it names one; who says when to come back limits. */
function isLeft(least: Readonly<Record<string, number>>, answer: ApiAnswer): boolean {
  const counts = Object.entries(least)
    .map(([name, enough]) => [answer.header(name), enough] as const)
    .filter(([count]) => count != null)
  return (
    answer.header('retry-after') == null &&
    counts.length > 0 &&
    counts.every(([count, enough]) => /^\d+$/.test(count as string) && Number(count) >= enough)
  )
}
