import { argument, isVisible, oneOf } from './validate.ts'

/** A value that can be set: a switch, or a parameter of a fault. Its type is that of its default. */
export interface Setting<T> {
  readonly default: T
  /** The legal values of a choice. */
  readonly values?: readonly T[]
  /** Whether a number may be negative. */
  readonly isSigned?: boolean
}

/**
 * Checks a value that came from outside.
 *
 * @throws {TypeError} naming the setting and what it takes.
 */
export function checkSetting(name: string, value: unknown, setting: Setting<unknown>): void {
  const { default: normal, values, isSigned } = setting
  if (values) argument(values.includes(value), name, oneOf(values))
  else if (typeof normal === 'boolean') argument(typeof value === 'boolean', name, 'true or false')
  else if (typeof normal === 'string')
    argument(isVisible(value), name, 'a string of visible ASCII characters')
  else if (isSigned) argument(Number.isSafeInteger(value), name, 'a whole number')
  else argument(Number.isSafeInteger(value) && Number(value) >= 0, name, 'a whole number, not negative')
}
