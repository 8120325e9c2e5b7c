/** Throws an `Error` with `message` if `condition` is false. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** Throws if `actual` and `expected` differ as JSON. The order of members does not matter. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  assert(isSame(actual, expected), `${what}: expected ${format(expected)}, got ${format(actual)}`)
}

/** Returns the error that `work` rejects with. Throws if it resolves, or rejects with anything else. */
export async function assertRejects(work: Promise<unknown>, what: string): Promise<Error> {
  const outcome = await work.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  )
  assert(
    'error' in outcome,
    `${what}: expected a rejection, got ${format('value' in outcome && outcome.value)}`,
  )
  assert(
    outcome.error instanceof Error,
    `${what}: rejected with ${format(outcome.error)}, which is not an Error`,
  )
  return outcome.error
}

/** Compares own members only, so that `__proto__` is a member like any other. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every(name => Object.hasOwn(b, name) && isSame(a[name as never], b[name as never]))
  )
}

/** Formats a value for a message, truncated to 200 characters. */
export function format(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 200 ? `${text.slice(0, 200)}... (${text.length} characters)` : text
}
