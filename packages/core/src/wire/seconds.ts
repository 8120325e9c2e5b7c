/** Ten years, past which a lifetime says "for ever" and an instant would leave the range of dates. */
const LONGEST_LIFETIME_S = 315_360_000

/** A lifetime in s. One that is not a plain decimal number is as good as none, and no reason to lose tokens. */
export function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' ? Math.min(Math.max(number, 0), LONGEST_LIFETIME_S) : undefined
}
