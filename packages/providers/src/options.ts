// Checks of the options of presets.
import { checkOptionNames } from '@latchkey/core/ports'

/**
 * Returns the options that were passed to the preset of this name. `required` says what each required option is, and has an
 * example of it.
 *
 * @throws {TypeError} when an option is unknown, or a required one is missing. The message shows a call with the examples.
 */
export function optionsOf<T extends object>(
  preset: string,
  given: T | undefined,
  required: { readonly [name in keyof T]?: readonly [what: string, example: string] },
  ...optional: readonly (keyof T & string)[]
): T {
  const needed = Object.entries(required as Record<string, readonly [string, string]>)
  checkOptionNames(`${preset}()`, given, [...needed.map(([name]) => name), ...optional])
  const options = { ...given } as T
  for (const [name, [what]] of needed)
    if (typeof options[name as keyof T] !== 'string') {
      const examples = needed.map(([one, [, example]]) => `${one}: '${example}'`).join(', ')
      throw new TypeError(`${name} must be ${what}, as in ${preset}({ ${examples} })`)
    }
  return options
}

/** Returns a label of a host name. @throws {TypeError} that names the option. */
export function labelOption(option: string, value: unknown): string {
  return matching(
    option,
    value,
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i,
    'letters, digits and hyphens',
  ).toLowerCase()
}

/** Returns a host name. @throws {TypeError} that names the option. */
export function hostOption(option: string, value: unknown): string {
  const pattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/i
  return matching(option, value, pattern, 'a host name, such as example.com').toLowerCase()
}

/** Returns a segment of a path. @throws {TypeError} that names the option. */
export function segmentOption(option: string, value: unknown): string {
  return matching(option, value, /^[\w-][\w.-]*$/, 'letters, digits, dots, hyphens and underscores')
}

function matching(option: string, value: unknown, pattern: RegExp, what: string): string {
  if (typeof value === 'string' && value.length <= 253 && pattern.test(value)) return value
  throw new TypeError(`${option} must be ${what}, got ${JSON.stringify(value)}`)
}
