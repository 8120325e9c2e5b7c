/** Makes Node's `console.log` and `util.inspect` print the result of `show` for `target`. Nothing else changes. */
export function showAs<T extends object>(target: T, show: () => object): T {
  return Object.defineProperty(target, Symbol.for('nodejs.util.inspect.custom'), { value: show })
}
