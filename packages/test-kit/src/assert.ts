/** Throws an `Error` with `message` unless `condition` holds. */
export function ensure(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** Throws unless `actual` is the same JSON as `expected`; the order of an object's members does not matter. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  ensure(isSame(actual, expected), `${what}: expected ${show(expected)}, got ${show(actual)}`)
}

/** The error that `work` rejects with; throws when it does anything else. */
export async function rejection(work: Promise<unknown>, what: string): Promise<Error> {
  const outcome = await work.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  )
  ensure(
    'error' in outcome,
    `${what}: expected a rejection, got ${show('value' in outcome && outcome.value)}`,
  )
  ensure(outcome.error instanceof Error, `${what}: rejected with ${show(outcome.error)}, which is no Error`)
  return outcome.error
}

/** Only own members count, so that a `__proto__` member is one like any other. */
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

/** A value for a message, 200 characters at most. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 200 ? `${text.slice(0, 200)}... (${text.length} characters)` : text
}
