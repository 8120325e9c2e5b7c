import { decodings } from './decoded.ts'

/** How the names of secrets end in RFC 6749, in its extensions, and at most servers. */
const NAME = '(?:_token|secret|verifier|device_code|password)'

/** Matches parameters whose values are secrets. Outside parameters, `code`, `pin` and `token` are error codes or prose. */
const PARAMETER = new RegExp(`${NAME}$|^(code|pin|token)$`)

/** Matches a value assigned to such a name: in JSON (also escaped in a string), in a form or in prose. */
const ASSIGNED = new RegExp(`(${NAME}\\\\?["']?\\s*[=:]\\s*)(\\\\?"(?:\\\\.|[^"\\\\])*"?|[^"&\\s,}<]+)`, 'gi')

/** Returns whether the value of a parameter is a secret, by its name. */
export function isSecretName(name: string): boolean {
  return PARAMETER.test(name)
}

/** Returns the secret values among parameters, and `more`. One of fewer than four characters would match by chance. */
export function secretsIn(
  parameters: Iterable<readonly [string, string]>,
  more: readonly (string | null | undefined)[] = [],
): string[] {
  const named = [...parameters].map(([name, value]) => PARAMETER.test(name) && value)
  return [...named, ...more].filter((value): value is string => !!value && value.length > 3)
}

/** How often servers encode what they quote: once for each of two formats, and a spare one. */
const MAX_LAYERS = 3
/** Stands for a secret until all are found: the words of the replacement may contain a short one. */
const MARK = '\u{f8ff}'
/** No message needs more of a text. */
const MAX_LENGTH = 16_384

/**
 * Removes `secrets` from `text` in every spelling that servers use, and the values of parameters with secret names, such as
 * `refresh_token=...`. A text that quotes an encoded secret is returned decoded. Returns at most `limit` characters; the
 * default is the limit of `error.body`.
 */
export function scrub(text: string, secrets: readonly string[], limit = 4096): string {
  // A lone surrogate is sent as U+FFFD. The longest first, since one secret may begin like another.
  const all = secrets
    .flatMap(secret => [secret, secret.replace(/\p{Cs}/gu, '\ufffd')])
    .filter(secret => secret !== '')
    .sort((a, b) => b.length - a.length)
  let clean = text.slice(0, MAX_LENGTH).replaceAll(MARK, '')
  for (let next; (next = withoutSecrets(clean, all, MAX_LAYERS)) !== undefined;) clean = next
  return clean
    .replaceAll(MARK, '[redacted]')
    .slice(0, limit)
    .replace(ASSIGNED, '$1[redacted]')
    .slice(0, limit)
}

/** Returns `text` without the secrets that it has, or has when it is decoded; `undefined` if it has none. */
function withoutSecrets(text: string, secrets: readonly string[], layers: number): string | undefined {
  const clean = secrets.reduce((rest, secret) => rest.replaceAll(secret, MARK), text)
  if (clean !== text) return clean
  if (layers === 0) return undefined
  for (const next of decodings(text)) {
    const found = withoutSecrets(next, secrets, layers - 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** Prepares a provider's text for a message: without secrets, on one line, at most 300 characters. */
export function quote(text: string, secrets: readonly string[]): string {
  return scrub(text, secrets, 300)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
}
