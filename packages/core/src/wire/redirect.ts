import { quote } from '../util/scrub.ts'
import { decodeForm } from './form.ts'

const LONGEST = 65_536

/** What tells a redirect, or a part of one, from a code or PIN that a person copied. */
export const REDIRECT: RegExp = /^[a-z][a-z0-9+.-]*:\/|[?#&](code|pin|state|error|access_token)=/i

/**
 * The parameters of a redirect's query and fragment together, since servers disagree about which of them
 * holds what; or what the redirect carries instead. Where it leads to is not looked at: `/callback?code=...`
 * is as good as a whole URL.
 *
 * RFC 6749 section 3.1: parameters MUST NOT be included more than once. The same value once in the query and
 * once in the fragment is let pass.
 */
export function parseRedirect(input: string): Readonly<Record<string, string>> | string {
  if (input.length > LONGEST) return `more than ${LONGEST} characters`
  const [, query = '', fragment = ''] = /^[^?#]*\??([^#]*)#?(.*)$/s.exec(input) ?? []
  const parameters = Object.create(null) as Record<string, string> // no name is taken
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

/** The path of a redirect URI, or of a redirect with or without its origin; empty where it has none. */
export function pathOf(url: string): string {
  return /^(?:[a-z][^/?#]*:)?(?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)![1] as string
}
