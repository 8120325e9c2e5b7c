/** Parameters of requests and redirects whose values are secrets. */
const SECRET_PARAMETERS =
  /^(access_token|refresh_token|id_token|client_secret|code|pin|code_verifier|device_code|password)$/

/** The same names where text assigns them a value: in JSON (also escaped into a string), in forms, in prose. */
const ASSIGNED =
  /\b(access_token|refresh_token|id_token|client_secret|code_verifier|device_code|password)(\\?"?\s*[=:]\s*)(\\?"(?:\\.|[^"\\])*"?|[^"&\s,}<]+)/gi

/** The secret values among parameters; one of fewer than four characters hides nothing and is left alone. */
export function secretsIn(parameters: Iterable<readonly [string, string]>): string[] {
  return [...parameters]
    .filter(([name, value]) => SECRET_PARAMETERS.test(name) && value.length > 3)
    .map(([, value]) => value)
}

/** Text from outside without `secrets` and without anything that reads like `refresh_token=...`, shortened. */
export function scrub(text: string, secrets: readonly string[], limit: number): string {
  let clean = text
  for (const secret of secrets)
    clean = clean.replaceAll(secret, '[redacted]').replaceAll(encodeURIComponent(secret), '[redacted]')
  return clean.replace(ASSIGNED, '$1$2[redacted]').slice(0, limit)
}

/** The provider's own words, fit for a message: scrubbed, on one line, at most 300 characters. */
export function quote(text: string, secrets: readonly string[]): string {
  return scrub(text, secrets, 300)
    .replace(/[\x00-\x20\x7f-\x9f\u2028\u2029]+/g, ' ')
    .trim()
}
