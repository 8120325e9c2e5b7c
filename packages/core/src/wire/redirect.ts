import { platform } from '../platform.ts'
import { quote } from '../util/scrub.ts'
import { decodeForm } from './form.ts'

const MAX_CHARACTERS = 65_536

/** Matches a redirect, or a part of one, but not a code or PIN that a user copied. */
export const REDIRECT: RegExp = /^[a-z][a-z0-9+.-]*:\/|(?:^|[?#&/!])(code|pin|state|error|access_token)=/i

/** Matches the body of a `form_post` response: it begins with a parameter. */
const BODY = /^[\w.-]+=/

/** Matches the route of a hash router before the parameters: `#/`, `#!/`, `#/callback?`, `#/callback#`. */
const ROUTE = /^!?(?:\/(?:[^=&?#]*[/?#])?)?/

/**
 * Reads the parameters of a redirect, or returns what is wrong with it. It merges query and fragment, because servers
 * disagree about which of them carries a parameter. It accepts a path such as `/callback?code=...`, a whole URL, the body
 * of a `form_post` response, and a fragment that belongs to a hash router.
 *
 * RFC 6749 section 3.1: parameters MUST NOT be included more than once. Exception: the query and the fragment may both
 * carry a parameter with the same value.
 */
export function parseRedirect(input: string): Readonly<Record<string, string>> | string {
  if (input.length > MAX_CHARACTERS) return `more than ${MAX_CHARACTERS} characters`
  const text = BODY.test(input) ? `?${input}` : input
  const [, query = '', fragment = ''] = /^[^?#]*\??([^#]*)#?(.*)$/s.exec(text) ?? []
  const parameters = Object.create(null) as Record<string, string> // no inherited members
  for (const part of [query, ...fragment.replace(ROUTE, '').split('#')]) {
    const seen = new Set<string>()
    for (const [name, value] of decodeForm(part)) {
      if (seen.has(name) || (parameters[name] ?? value) !== value) return `more than one '${quote(name, [])}'`
      seen.add(name)
      parameters[name] = value
    }
  }
  return parameters
}

/**
 * Returns the path of an http URL, with or without its origin, in a form that can be compared (RFC 3986 section 6.2.2):
 * escapes are normalized, and one final slash is removed. Returns `undefined` for parameters without a path.
 */
export function pathOf(url: string): string | undefined {
  if (/^[?#]|^$/.test(url) || BODY.test(url)) return undefined
  const [, path = ''] = /^(?:https?:)?(?:\/\/)?[^/?#]*([^?#]*)/i.exec(url) ?? []
  const { pathname } = new platform.URL(`http://host/${path.slice(1)}`)
  return pathname
    .replace(/%[0-9a-f]{2}/gi, escape => {
      const character = String.fromCharCode(parseInt(escape.slice(1), 16))
      return /[\w.~-]/.test(character) ? character : escape.toUpperCase()
    })
    .replace(/\/$/, '')
}

/**
 * Undoes what copying does to a redirect or a code, if the result can only mean one thing: quotes or angle brackets around
 * it, line breaks inside, and the percent-encoding of a code that was copied from an address bar.
 */
export function readPasted(input: string): string {
  if (input.length > MAX_CHARACTERS) return input
  const text = input.trim()
  const unquoted = /^(".*"|'.*'|`.*`|<.*>)$/s.test(text) ? text.slice(1, -1) : text
  const joined = unquoted
    .split(/[\r\n]/)
    .map(line => line.trim())
    .join('')
  const pasted = /\s/.test(joined) ? unquoted.trim() : joined
  return REDIRECT.test(pasted) ? pasted : decodeCode(pasted)
}

/** Decodes a code that has percent-encoded characters; any other text stays unchanged. */
function decodeCode(code: string): string {
  if (!/^(?:[\w.~+/-]|%[0-9a-f]{2})+$/i.test(code)) return code
  return decodeForm(`code=${code.replaceAll('+', '%2B')}`)[0]![1]
}
