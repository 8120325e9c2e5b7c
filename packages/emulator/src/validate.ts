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
