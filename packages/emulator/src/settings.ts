import { argument, isVisible, oneOf } from './validate.ts'

/** The description of a switch or of a parameter of a fault. The default determines the type. */
export interface Setting<T> {
  /** The value that holds when none is passed. */
  readonly default: T
  /** The allowed values, if they are limited. */
  readonly values?: readonly T[]
  /** Whether a number may be negative. */
  readonly isSigned?: boolean
}

/**
 * Validates a value.
 *
 * @throws {TypeError} when the value is invalid; the message names the setting and what it accepts.
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
