/** The own member `name` of a value that may be anything; what every object inherits does not count. */
export function own(value: unknown, name: string): unknown {
  return value != null && Object.hasOwn(value, name) ? value[name as never] : undefined
}
