/** The value of JSON text, or `undefined` when it is none. Parser errors quote the text, so they end here. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim()) // a byte order mark counts as white space here
  } catch {
    return undefined
  }
}

/** Whether `value` is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
