/** Ten years. A longer lifetime means "for ever", and its end could exceed the range of dates. */
const LONGEST_LIFETIME_S = 315_360_000

/** Reads a lifetime in s. Returns `undefined` if it is not a plain decimal number: that is no reason to lose tokens. */
export function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' ? Math.min(Math.max(number, 0), LONGEST_LIFETIME_S) : undefined
}
