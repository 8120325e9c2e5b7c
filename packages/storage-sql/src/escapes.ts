/** Returns JSON in ASCII. Every character set can store it, and it has no NUL and no half of a surrogate pair. */
export function toAscii(json: string): string {
  return json.replace(/[\x7f-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Escapes a key like JSON, in ASCII. Latchkey's keys usually stay unchanged. */
export function escapeKey(key: string): string {
  return toAscii(JSON.stringify(key).slice(1, -1))
}

/** Returns the key, or `undefined` if `escapeKey` did not produce it. */
export function unescapeKey(escaped: string): string | undefined {
  try {
    const key = JSON.parse(`"${escaped}"`) as string
    return escapeKey(key) === escaped ? key : undefined
  } catch {
    return undefined
  }
}
