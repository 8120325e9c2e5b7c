// Sources of keys for `encrypted(store, { keys })`: the first key encrypts, every key decrypts.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { codeOf, KeysError } from './errors.ts'

const KEY_BYTES = 32
const LARGEST_FILE_BYTES = 65_536

/** `#` starts a comment; white space or commas separate keys. */
const COMMENT = /#.*$/gm
const SEPARATOR = /[\s,]+/

/** 32 bytes in hexadecimal, base64 or base64url, the last two with or without `=`. */
const HEX = /^[0-9a-f]{64}$/i
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/

/**
 * Reads keys from an environment variable: one or more, each 32 bytes in hexadecimal or base64, separated by white
 * space or commas. Every call reads the variable again.
 * @returns the `keys` option of `encrypted`. It rejects with `KeysError` when the variable is missing or contains
 *   anything else; the message never contains the value.
 */
export function keysFromEnvironment(variable: string): () => Promise<Uint8Array[]> {
  if (typeof variable !== 'string' || variable === '')
    throw new TypeError('variable must be a non-empty string')
  return async () => {
    const text = process.env[variable]
    if (text === undefined) throw new KeysError(`the environment variable ${variable} is not set`)
    return parseKeys(text, `the environment variable ${variable}`)
  }
}

/**
 * Reads keys from a file, in the format of `keysFromEnvironment` with `#` comments. Every call reads the file again,
 * so you can change keys without a restart.
 * @returns the `keys` option of `encrypted`. It rejects with `KeysError` when the file is missing, belongs to another
 *   user, is accessible to others (mode wider than 0600) or contains anything but keys.
 */
export function keysFromFile(path: string): () => Promise<Uint8Array[]> {
  if (typeof path !== 'string' || path === '') throw new TypeError('path must be a non-empty path')
  return async () => {
    let text: string
    try {
      text = await readPrivate(path)
    } catch (error) {
      if (error instanceof KeysError) throw error
      throw new KeysError(`${path} cannot be read (${codeOf(error)})`)
    }
    return parseKeys(text.replace(COMMENT, ''), path)
  }
}

/** Follows links, and checks the file that they point to. */
async function readPrivate(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stats = await handle.stat()
    const uid = process.geteuid?.()
    const problem = !stats.isFile()
      ? 'is not a file'
      : uid !== undefined && stats.uid !== uid
        ? `belongs to user ${stats.uid}, but this process runs as user ${uid}`
        : uid !== undefined && (stats.mode & 0o177) !== 0
          ? `is accessible to others (mode ${(stats.mode & 0o777).toString(8)}): chmod 600 it`
          : stats.size > LARGEST_FILE_BYTES && 'is too large for a key file'
    if (problem) throw new KeysError(`${path} ${problem}`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

function parseKeys(text: string, where: string): Uint8Array[] {
  const parts = text.split(SEPARATOR).filter(word => word !== '')
  if (parts.length === 0) throw new KeysError(`${where} contains no key`)
  return parts.map((part, n) => {
    const key = HEX.test(part)
      ? Buffer.from(part, 'hex')
      : BASE64.test(part)
        ? Buffer.from(part, 'base64') // accepts base64url too
        : undefined
    if (key?.length !== KEY_BYTES)
      throw new KeysError(
        `key ${n + 1} of ${parts.length} in ${where} is not 32 bytes in hexadecimal or base64`,
      )
    return new Uint8Array(key)
  })
}
