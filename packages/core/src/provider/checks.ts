// Checks of values that a program passes. Each throws a `TypeError` that names the value.
import { checkType, describeType } from '../util/check-type.ts'
import { endpoint } from './addresses.ts'

/** What a description as a whole is called. */
export const WHOLE = 'a provider'

/** Throws a `TypeError` that names `value` by `name`, unless it is what it must be. */
export type Check = (value: unknown, name: string) => void

/** What each member of `T` must be. */
export type Checks<T> = { readonly [member in keyof Required<T>]: Check }

export const text: Check = (value, name) => {
  checkType(name, value, 'string')
  if (value === '') throw new TypeError(`${name} must not be empty`)
}

export const boolean: Check = (value, name) => checkType(name, value, 'boolean')

export const url: Check = (value, name) => {
  checkType(name, value, 'string')
  try {
    endpoint(value as string, '', name)
  } catch (error) {
    const advice = /^http:/i.test(value as string)
      ? ': allowInsecure: true permits http for this provider'
      : ''
    throw new TypeError((error as TypeError).message + advice)
  }
}

export const isFunction: Check = (value, name) => {
  if (typeof value !== 'function')
    throw new TypeError(`${name} must be a function, not ${describeType(value)}`)
}

const object = (value: unknown, name: string): object => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new TypeError(`${name} must be an object, not ${describeType(value)}`)
}

export const oneOf = (...names: readonly string[]): Check => {
  return (value, name) => {
    if (!names.includes(value as string)) throw new TypeError(`${name} must be one of ${names.join(', ')}`)
  }
}

export const oneOfOrFunction = (...names: readonly string[]): Check => {
  return (value, name) => {
    if (typeof value !== 'function' && !names.includes(value as string))
      throw new TypeError(`${name} must be one of ${names.join(', ')}, or a function`)
  }
}

export const listOf = (check: Check): Check => {
  return (value, name) => {
    if (!Array.isArray(value)) throw new TypeError(`${name} must be an array, not ${describeType(value)}`)
    value.forEach((one, index) => check(one, `${name}[${index}]`))
  }
}

export const nonEmptyListOf = (check: Check): Check => {
  return (value, name) => {
    listOf(check)(value, name)
    if ((value as readonly unknown[]).length === 0) throw new TypeError(`${name} must not be empty`)
  }
}

export const everyMember = (check: Check): Check => {
  return (value, name) => {
    for (const [member, one] of Object.entries(object(value, name))) check(one, `${name}.${member}`)
  }
}

/** Members that are not named in `checks` are rejected; one that is undefined is as good as absent. */
export const objectOf = <T>(checks: Checks<T>, ...required: readonly (keyof T & string)[]): Check => {
  const known: Readonly<Record<string, Check>> = checks
  return (value, name) => {
    const given = object(value, name) as Readonly<Record<string, unknown>>
    for (const [member, one] of Object.entries(given)) {
      const check = Object.hasOwn(known, member) ? known[member] : undefined
      if (!check)
        throw new TypeError(`'${member}' is no member of ${name}; there are ${Object.keys(known).join(', ')}`)
      if (one !== undefined) check(one, name === WHOLE ? member : `${name}.${member}`)
    }
    const missing = required.find(member => given[member] === undefined)
    if (missing !== undefined) throw new TypeError(`${name} needs ${missing}`)
  }
}

export const number: Check = (value, name) => {
  checkType(name, value, 'number')
  if (!Number.isFinite(value)) throw new TypeError(`${name} must be a number that is finite`)
}

export const seconds: Check = (value, name) => {
  if (!(Number.isSafeInteger(value) && (value as number) > 0))
    throw new TypeError(`${name} must be a whole number of seconds above 0`)
}

export const matching = (pattern: RegExp, what: string): Check => {
  return (value, name) => {
    checkType(name, value, 'string')
    if (!pattern.test(value as string)) throw new TypeError(`${name} must be ${what}`)
  }
}
