/** How the names of secrets end: RFC 6749's, its extensions', and most that servers have made up. */
const NAME = '(?:_token|secret|verifier|device_code|password)'

/** Parameters whose values are secrets. A `code` or `pin` elsewhere is an error code or prose. */
const PARAMETER = new RegExp(`${NAME}$|^(code|pin)$`)

/** Where a text assigns a value to such a name: in JSON (also escaped into a string), in forms, in prose. */
const ASSIGNED = new RegExp(`(${NAME}\\\\?"?\\s*[=:]\\s*)(\\\\?"(?:\\\\.|[^"\\\\])*"?|[^"&\\s,}<]+)`, 'gi')

/** The secret values among parameters; one of fewer than four characters hides nothing and is left alone. */
export function secretsIn(parameters: Iterable<readonly [string, string]>): string[] {
  return [...parameters]
    .filter(([name, value]) => PARAMETER.test(name) && value.length > 3)
    .map(([, value]) => value)
}

/**
 * Text from outside without `secrets` and without anything that reads like `refresh_token=...`, cut to `limit`
 * characters: unless said otherwise what of a body an error keeps.
 */
export function scrub(text: string, secrets: readonly string[], limit = 4096): string {
  let clean = text
  // As it is, as a form writes it, and as JSON does.
  for (const secret of secrets.flatMap(one => [
    one,
    encodeURIComponent(one),
    JSON.stringify(one).slice(1, -1),
  ]))
    clean = clean.replaceAll(secret, '[redacted]')
  return clean.slice(0, limit).replace(ASSIGNED, '$1[redacted]').slice(0, limit)
}

/** The provider's own words, fit for a message: scrubbed, on one line, at most 300 characters. */
export function quote(text: string, secrets: readonly string[]): string {
  return scrub(text, secrets, 300)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
}
