/**
 * Requires that an argument of a public function is what it has to be.
 *
 * @throws {TypeError} `<name> must be <expectation>` otherwise.
 */
export function argument(condition: boolean, name: string, expectation: string): asserts condition {
  if (!condition) throw new TypeError(`${name} must be ${expectation}`)
}

/** Words for "one of these values" in an error message. */
export function oneOf(values: readonly unknown[]): string {
  return `one of ${values.join(', ')}`
}

/** Whether a value is an object in the sense of JSON: neither an array nor null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is a string of visible ASCII characters, which identifiers and headers can hold; not the empty one. */
export function isVisible(value: unknown): value is string {
  return typeof value === 'string' && /^[!-~]+$/.test(value)
}
