import { quote } from '../util/scrub.ts'
import { decodeForm } from './form.ts'

const MAX_CHARACTERS = 65_536

/** Matches a redirect, or a part of one, but not a code or PIN that a user copied. */
export const REDIRECT: RegExp = /^[a-z][a-z0-9+.-]*:\/|[?#&](code|pin|state|error|access_token)=/i

/**
 * Reads the parameters of a redirect, or returns what is wrong with it. It merges query and fragment, because servers
 * disagree about which of them carries a parameter. It accepts a path such as `/callback?code=...` and a whole URL.
 *
 * RFC 6749 section 3.1: parameters MUST NOT be included more than once. Exception: the query and the fragment may both
 * carry a parameter with the same value.
 */
export function parseRedirect(input: string): Readonly<Record<string, string>> | string {
  if (input.length > MAX_CHARACTERS) return `more than ${MAX_CHARACTERS} characters`
  const [, query = '', fragment = ''] = /^[^?#]*\??([^#]*)#?(.*)$/s.exec(input) ?? []
  const parameters = Object.create(null) as Record<string, string> // no inherited members
  for (const part of [query, fragment]) {
    const seen = new Set<string>()
    for (const [name, value] of decodeForm(part)) {
      if (seen.has(name) || (parameters[name] ?? value) !== value) return `more than one '${quote(name, [])}'`
      seen.add(name)
      parameters[name] = value
    }
  }
  return parameters
}

/** Returns the path of a redirect URI, or of a redirect with or without its origin. It may be empty. */
export function pathOf(url: string): string {
  return /^(?:[a-z][^/?#]*:)?(?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)![1] as string
}
