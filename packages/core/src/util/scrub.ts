/** How the names of secrets end in RFC 6749, in its extensions, and at most servers. */
const NAME = '(?:_token|secret|verifier|device_code|password)'

/** Matches parameters whose values are secrets. Outside parameters, a `code` or `pin` is an error code or prose. */
const PARAMETER = new RegExp(`${NAME}$|^(code|pin)$`)

/** Matches a value assigned to such a name: in JSON (also escaped in a string), in a form or in prose. */
const ASSIGNED = new RegExp(`(${NAME}\\\\?"?\\s*[=:]\\s*)(\\\\?"(?:\\\\.|[^"\\\\])*"?|[^"&\\s,}<]+)`, 'gi')

/** Returns the secret values among parameters. A value of fewer than four characters would match by chance. */
export function secretsIn(parameters: Iterable<readonly [string, string]>): string[] {
  return [...parameters]
    .filter(([name, value]) => PARAMETER.test(name) && value.length > 3)
    .map(([, value]) => value)
}

/**
 * Removes `secrets` from `text`, and the values of parameters with secret names, such as `refresh_token=...`. Returns at
 * most `limit` characters; the default is the limit of `error.body`.
 */
export function scrub(text: string, secrets: readonly string[], limit = 4096): string {
  let clean = text
  // Each secret in plain text, form-encoded, percent-encoded, and escaped for JSON; the longest first, since one may begin
  // like another.
  const spellings = secrets.flatMap(secret => {
    const encoded = encodeURIComponent(secret.replace(/\p{Cs}/gu, '\ufffd'))
    const form = encoded.replace(
      /[!'()~]/g,
      character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    )
    return [secret, encoded, form, JSON.stringify(secret).slice(1, -1)]
  })
  for (const spelling of spellings.sort((a, b) => b.length - a.length))
    clean = clean.replaceAll(spelling, '[redacted]')
  return clean.slice(0, limit).replace(ASSIGNED, '$1[redacted]').slice(0, limit)
}

/** Prepares a provider's text for a message: without secrets, on one line, at most 300 characters. */
export function quote(text: string, secrets: readonly string[]): string {
  return scrub(text, secrets, 300)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
}
