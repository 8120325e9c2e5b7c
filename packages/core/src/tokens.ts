import { showAs } from './util/show-as.ts'

/**
 * What a token endpoint granted, under the wire's names (RFC 6749 section 5.1), and whatever else it sent.
 *
 * `console.log` and Node's `util.inspect` show it redacted; `JSON.stringify` is the real thing, because
 * people save it. Redaction does not survive a spread, `structuredClone` or a browser's console.
 */
export interface Tokens {
  readonly access_token: string
  readonly token_type?: string
  /** Lifetime in s, counted from receipt; absent when the server did not say. */
  readonly expires_in?: number
  readonly scope?: string
  readonly refresh_token?: string
  /** Imgur's account number, a string wherever it came from. */
  readonly account_id?: string
  readonly account_username?: string
  /** Unix time in ms, by the local clock at receipt. */
  readonly expires_at?: number
  readonly [member: string]: unknown
}

const OPEN = ['token_type', 'expires_in', 'scope', 'account_id', 'account_username', 'expires_at']

/** A copy to look at: every member whose value is not known to be harmless is masked. */
export function redacted(members: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, OPEN.includes(name) ? value : '[redacted]']),
  )
}

/** Tokens that hide from `console.log`. */
export function tokenSet(members: Tokens): Tokens {
  return showAs({ ...members }, () => redacted(members))
}
