// Keyv's adapters ignore case, cut at NUL or interpret `%` and `:`. So a name has only a-z, 0-9, `-` and `_`.

/** Returns the name of `key` in Keyv. Writes every other UTF-16 code unit in hexadecimal between two `_`. */
export const nameOf = (key: string): string =>
  key.replace(/[^a-z0-9-]/g, unit => `_${unit.charCodeAt(0).toString(16)}_`)

/** Returns the key of a `name`. If the namespace contains `:`, Keyv leaves its end before the name. */
export const keyOf = (name: string): string =>
  name
    .slice(name.lastIndexOf(':') + 1)
    .replace(/_([0-9a-f]+)_/g, (_, number: string) => String.fromCharCode(parseInt(number, 16)))
