/** @throws {TypeError} with the argument's name when `value` is not of the type `type`. */
export function checkType(name: string, value: unknown, type: 'string' | 'boolean' | 'number'): void {
  if (typeof value !== type) throw new TypeError(`${name} must be a ${type}, not ${describeType(value)}`)
}

/** @throws {TypeError} with the argument's name when `value` has a control character (RFC 6749 appendix A). */
export function checkText(name: string, value: string | null | undefined): void {
  if (/[\0-\x1f\x7f]/.test(value ?? ''))
    throw new TypeError(`${name} has a control character, such as a line break at its end: remove it`)
}

/** @throws {TypeError} with the argument's name when `value` is not an object with `methods`. */
export function checkMethods(name: string, value: unknown, methods: readonly string[]): void {
  if (typeof value !== 'object') throw new TypeError(`${name} must be an object, not ${describeType(value)}`)
  const missing = methods.find(method => typeof (value as Record<string, unknown>)[method] !== 'function')
  if (missing) throw new TypeError(`${name} must have a method ${missing}()`)
}

/**
 * Returns `value` as JSON.
 *
 * @throws {TypeError} with the argument's name when it is not JSON.
 */
export function checkJson(name: string, value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value) as string | undefined
  } catch {
    // The error may quote the value.
  }
  if (text === undefined) throw new TypeError(`${name} must be JSON`)
  return text
}

/**
 * Checks that every option of `owner` is known: a mistyped one must not be ignored.
 *
 * @throws {TypeError} when one is unknown; the message names it and lists the known ones.
 */
export function checkOptionNames(owner: string, options: unknown, names: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`the options of ${owner} must be an object, not ${describeType(options)}`)
  const unknown = Object.keys(options).find(name => !names.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`'${unknown}' is not an option of ${owner}: the options are ${names.join(', ')}`)
}

/** Describes the type of a value, for a message that must not quote the value. */
export function describeType(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}
