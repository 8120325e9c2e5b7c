/**
 * Validates an argument of a public function.
 *
 * @throws {TypeError} with `<name> must be <expectation>` when `condition` is false.
 */
export function argument(condition: boolean, name: string, expectation: string): asserts condition {
  if (!condition) throw new TypeError(`${name} must be ${expectation}`)
}

/** Formats the allowed values for an error message. */
export function oneOf(values: readonly unknown[]): string {
  return `one of ${values.join(', ')}`
}

/** Returns whether a value is an object, and not an array or null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns whether a value is a non-empty string of visible ASCII characters, as in identifiers and headers. */
export function isVisible(value: unknown): value is string {
  return typeof value === 'string' && /^[!-~]+$/.test(value)
}
