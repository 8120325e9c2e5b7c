/** @throws {TypeError} that names the argument unless `value` is of the type `type`. */
export function checkType(name: string, value: unknown, type: 'string' | 'boolean'): void {
  if (typeof value !== type) throw new TypeError(`${name} must be a ${type}, not ${kindOf(value)}`)
}

/** What a value is, for a message that must not quote it. */
export function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}
