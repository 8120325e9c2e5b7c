import { sha256Hex } from './digest.ts'

/** The longest folder name without a hash, in bytes. File systems allow 255, encrypted ones 143. */
const LONGEST = 100

/** Names that Windows reserves for devices. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/

/**
 * Returns the folder name of a key. It keeps lower-case letters, digits, `-` and `_`, and writes every other UTF-16
 * code unit as `%xx` or `%uxxxx`: keys stay distinct on file systems that ignore case or normalise Unicode. A long
 * name is cut and ends in `%.` and the key's SHA-256.
 */
export function folderName(key: string): string {
  if (key === '') return '%'
  const escaped = key.replace(/[^a-z0-9_-]/g, escape)
  if (escaped.length > LONGEST) {
    const digest = sha256Hex(Buffer.from(key, 'utf16le'))
    return `${escaped.slice(0, LONGEST - 66)}%.${digest}`
  }
  return DEVICE.test(escaped) ? escape(escaped[0]!) + escaped.slice(1) : escaped
}

/** Returns the key of a folder name, or `undefined` if the name contains a hash. */
export function keyOfFolder(name: string): string | undefined {
  if (name === '%') return ''
  const key = name.replace(/%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g, (_, long?: string, short?: string) =>
    String.fromCharCode(parseInt(long ?? short!, 16)),
  )
  return folderName(key) === name ? key : undefined
}

function escape(unit: string): string {
  const code = unit.charCodeAt(0).toString(16)
  return code.length > 2 ? `%u${code.padStart(4, '0')}` : `%${code.padStart(2, '0')}`
}
