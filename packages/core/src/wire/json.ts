/** Parses JSON text. Returns `undefined` if it is not JSON, because a parser's error would quote the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim()) // trim() also removes a byte order mark
  } catch {
    return undefined
  }
}

/** Whether `value` is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
