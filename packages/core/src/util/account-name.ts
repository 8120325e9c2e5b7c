import { describeType } from './check-type.ts'

/** What programs make of a value that is not there: all users would share one account. */
const MISTAKES = ['', 'undefined', 'null', 'NaN', '[object Object]']

/**
 * Returns the name of an account: well-formed Unicode without control characters. A safe integer becomes its digits.
 *
 * @throws {TypeError} when it is anything else, or a name that comes from a missing value, such as 'undefined'.
 */
export function accountNameOf(value: unknown): string {
  const name = Number.isSafeInteger(value) ? String(value) : value
  if (typeof name !== 'string')
    throw new TypeError(`account must be a string or a safe integer, not ${describeType(value)}`)
  if (MISTAKES.includes(name))
    throw new TypeError(`account must name one user, not ${JSON.stringify(name)}: is a value missing?`)
  if (/[\p{Cc}\p{Cs}]/u.test(name))
    throw new TypeError('account has a control character, or half of a Unicode character')
  return name
}
