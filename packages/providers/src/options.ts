// Checks of options that become a part of a URL.

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
