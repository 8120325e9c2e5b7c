// Keyv's media fold case, cut at NUL, read `%` and `:` as their own: a name has small letters, digits, `-` and `_`.

/** The name of `key` in Keyv: every other UTF-16 code unit is its number in hexadecimal between two `_`. */
export const nameOf = (key: string): string =>
  key.replace(/[^a-z0-9-]/g, unit => `_${unit.charCodeAt(0).toString(16)}_`)

/** The key that `nameOf` made `name` of; Keyv leaves the end of a namespace with a `:` in it before the name. */
export const keyOf = (name: string): string =>
  name
    .slice(name.lastIndexOf(':') + 1)
    .replace(/_([0-9a-f]+)_/g, (_, number: string) => String.fromCharCode(parseInt(number, 16)))
