import { decodeForm } from './form.ts'

/** What a redirect carried: its parameters, or what is wrong with it. */
export type Redirect =
  | { readonly parameters: ReadonlyMap<string, string>; readonly problem?: undefined }
  | { readonly problem: string; readonly parameters?: undefined }

const LONGEST = 65_536

const LOOKS_LIKE_REDIRECT = /^[a-z][a-z0-9+.-]*:\/|[?#&](code|pin|state|error|access_token)=/i

/** Whether `input` is a redirect, or part of one, rather than a code or PIN that a person copied. */
export function isRedirect(input: string): boolean {
  return LOOKS_LIKE_REDIRECT.test(input)
}

/**
 * The parameters of a redirect's query and fragment together, since servers disagree about which of them
 * holds what. Where it redirected to is not looked at; `/callback?code=...` is as good as a whole URL.
 *
 * RFC 6749 section 3.1: parameters MUST NOT be included more than once. The same value once in the query and
 * once in the fragment is let pass.
 */
export function parseRedirect(input: string): Redirect {
  if (input.length > LONGEST) return { problem: `it is longer than ${LONGEST} characters` }
  const [beforeFragment = '', fragment = ''] = split(input, '#')
  const parameters = new Map<string, string>()
  for (const part of [split(beforeFragment, '?')[1] ?? '', fragment]) {
    const seen = new Set<string>()
    for (const [name, value] of decodeForm(part)) {
      if (seen.has(name) || (parameters.get(name) ?? value) !== value)
        return { problem: `it has more than one '${name}'` }
      seen.add(name)
      parameters.set(name, value)
    }
  }
  return { parameters }
}

function split(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
