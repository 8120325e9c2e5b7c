/** Returns the own member `name` of any value, or `undefined`. Inherited members do not count. */
export function own(value: unknown, name: string): unknown {
  return value != null && Object.hasOwn(value, name) ? value[name as never] : undefined
}
