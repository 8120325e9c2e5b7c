import { showAs } from './util/show-as.ts'

/**
 * The tokens of a token response, with the names of RFC 6749 section 5.1, and all other members of the response.
 *
 * Node's `console.log` and `util.inspect` print them redacted. `JSON.stringify` returns the real values, so that you
 * can save them. Redaction is lost when you spread the object or use `structuredClone`. Browser consoles do not redact.
 */
export interface Tokens {
  /** The token for the API (RFC 6749 section 1.4). */
  readonly access_token: string
  /** The scheme of `Authorization`, such as `Bearer` (RFC 6749 section 7.1). */
  readonly token_type?: string
  /** Lifetime in s, from the time of receipt. Absent if the server did not send it. */
  readonly expires_in?: number
  /** What the access token permits, with spaces between (RFC 6749 section 3.3). */
  readonly scope?: string
  /** Obtains the next tokens (RFC 6749 section 1.5). */
  readonly refresh_token?: string
  /** Imgur's account number, always as a string. */
  readonly account_id?: string
  /** Imgur's user name. */
  readonly account_username?: string
  /** When the access token expires, Unix time in ms, by the local clock at receipt. */
  readonly expires_at?: number
  readonly [member: string]: unknown
}

const PRINTABLE = ['token_type', 'expires_in', 'scope', 'account_id', 'account_username', 'expires_at']

/** Returns a copy to print. It masks every member whose value is not known to be harmless. */
export function redacted(members: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, PRINTABLE.includes(name) ? value : '[redacted]']),
  )
}

/** Returns tokens that `console.log` prints redacted. */
export function tokenSet(members: Tokens): Tokens {
  return showAs({ ...members }, () => redacted(members))
}
